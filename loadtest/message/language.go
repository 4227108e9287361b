package message

// Language is a language that has a catalogue.
type Language string

// English is the language of the first catalogue, and stands in for what another lacks.
const English Language = "en"

// Marked is English with marks around the words that come from the catalogue, and none around data: what it shows
// without marks, and is no data, is said past the catalogue.
const Marked Language = "en-XA"

// What is between these two marks comes from the catalogue.
const (
	Opened = "⟦"
	Closed = "⟧"
)

// mark marks a sentence of the catalogue.
func (l Language) mark(text string) string {
	if l != Marked || text == "" {
		return text
	}
	return Opened + text + Closed
}

// unmark excepts an argument from the marks of the sentence around it.
func (l Language) unmark(text string) string {
	if l != Marked || text == "" {
		return text
	}
	return Closed + text + Opened
}
