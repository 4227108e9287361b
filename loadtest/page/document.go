// Package page is what a report is made of, and how that is written: as one HTML page that fetches nothing, as Markdown, and
// as text for a terminal. It knows plans, because tables are grouped by what their rows guarantee; it knows no figure.
package page

import "html/template"

// Document is a report before it is a page: what both forms of it show.
type Document struct {
	Title    string
	Question string
	Warnings []string // what stands above everything else: VOID, PARTIAL, damage
	Answer   []string // sentences
	Notices  []string // what one must know to read the answer
	Sections []Section
}

type Section struct {
	ID, Title string
	Text      []string
	Charts    []Chart
	Tables    []Table
	Notes     []string
}

// Chart is a picture with its words: Alt says what it shows to who cannot see it.
type Chart struct {
	Title, Alt string
	SVG        template.HTML
}
