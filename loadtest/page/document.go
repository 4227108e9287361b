// Package page defines what a report consists of, and writes it: as one HTML page that fetches nothing, as Markdown,
// and as text for a terminal. It knows plans, because tables are grouped by the guarantees of their rows. It knows no
// figures.
package page

import "html/template"

// Document is a report independent of its form.
type Document struct {
	Title    string
	Question string
	Warnings []string // shown above everything else: VOID, PARTIAL, damage
	Answer   []string // sentences
	Notices  []string // what a reader must know to understand the answer
	Sections []Section
}

type Section struct {
	ID, Title string
	Text      []string
	Charts    []Chart
	Tables    []Table
	Notes     []string
}

// Chart is a picture with its words: Alt describes it to readers who cannot see it.
type Chart struct {
	Title, Alt string
	SVG        template.HTML
}
