package message

import "encoding/json"

// Sentence is a message that is written down as its text: for readers that have no catalogue.
type Sentence struct{ Message }

// Say is the sentence with that key: see New.
func Say(key string, args ...any) Sentence { return Sentence{New(key, args...)} }

// MarshalJSON writes the English text.
func (s Sentence) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads a text.
func (s *Sentence) UnmarshalJSON(text []byte) error {
	var words string
	err := json.Unmarshal(text, &words)
	if *s = (Sentence{}); err == nil && words != "" {
		s.Message = Text(words)
	}
	return err
}

// Texts are messages in English.
func Texts[M interface{ String() string }](messages []M) []string {
	var all []string
	for _, m := range messages {
		all = append(all, m.String())
	}
	return all
}
