package record

// Asked is what a Redis was asked, by its own count.
type Asked struct {
	Commands int64 `json:"commands"`
	Reads    int64 `json:"reads"` // from its connections; each brings a batch of commands
	Found    int64 `json:"found"` // keys that commands looked up, and that were there
}

// Since is what was asked since an earlier count.
func (a Asked) Since(before Asked) Asked {
	return Asked{a.Commands - before.Commands, a.Reads - before.Reads, a.Found - before.Found}
}
