package message

import (
	"fmt"
	"strings"
)

// Language is a language that has a catalogue.
type Language string

// English is the language of the first catalogue, and stands in for what another lacks.
const English Language = "en"

// Korean is the language of the second.
const Korean Language = "ko"

// Languages are those that people may choose, the default first.
func Languages() []Language { return []Language{English, Korean} }

// LanguageNamed is the language with that name. An error names those that there are.
func LanguageNamed(name string) (Language, error) {
	var known []string
	for _, l := range Languages() {
		if string(l) == name {
			return l, nil
		}
		known = append(known, string(l))
	}
	return "", fmt.Errorf("there is no language %q: choose %s", name, strings.Join(known, " or "))
}

// Others are the languages that a text in this one may be switched to.
func (l Language) Others() (others []Language) {
	if l == Marked {
		return nil
	}
	for _, other := range Languages() {
		if other != l {
			others = append(others, other)
		}
	}
	return others
}

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
