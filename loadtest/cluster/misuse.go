package cluster

// Misuse is a request in a form that cannot be understood: a sentence that says what to correct. Nothing was tried.
type Misuse string

func (m Misuse) Error() string { return string(m) }
