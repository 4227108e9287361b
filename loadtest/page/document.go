// Package page defines what a report consists of, and writes it in a language: as one HTML page that fetches nothing, as
// Markdown, and as text for a terminal. It knows plans, because tables are grouped by the guarantees of their rows. It
// knows no figures.
package page

import (
	"html/template"

	"authlab/loadtest/message"
)

// Document is a report independent of its form and its language.
type Document struct {
	Title    message.Message
	Question message.Message
	Warnings []message.Message // shown above everything else: VOID, PARTIAL, damage
	Answer   []message.Message // sentences
	Notices  []message.Message // what a reader must know to understand the answer
	Sections []Section
}

type Section struct {
	ID     string
	Title  message.Message
	Text   []message.Message
	Charts []Chart
	Tables []Table
	Notes  []message.Message
}

// Chart is a picture with its words: Alt describes it to readers who cannot see it.
type Chart struct {
	Title, Alt message.Message
	// SVG draws it, with the words of that language in it.
	SVG func(message.Language) template.HTML
}
