package report

import (
	"strings"

	"authlab/loadtest/wire"
)

// visible is text in one line, with what a terminal would obey or hide as escapes: servers choose some of what a
// report says.
func visible(text string) string { return wire.Visible(strings.Join(strings.Fields(text), " ")) }

// visible is the document with nothing hidden in it.
func (d document) visible() document {
	d.Title, d.Question = visible(d.Title), visible(d.Question)
	d.Warnings, d.Answer, d.Notices = allVisible(d.Warnings), allVisible(d.Answer), allVisible(d.Notices)
	for i := range d.Sections {
		s := &d.Sections[i]
		s.Text, s.Notes = allVisible(s.Text), allVisible(s.Notes)
		for k := range s.Tables {
			s.Tables[k] = s.Tables[k].visible()
		}
	}
	return d
}

// visible is the table with nothing hidden in it.
func (t table) visible() table {
	t.Caption, t.Head = visible(t.Caption), allVisible(t.Head)
	for i := range t.Rows {
		r := &t.Rows[i]
		r.Group = visible(r.Group)
		for k := range r.Cells {
			r.Cells[k].Text = visible(r.Cells[k].Text)
		}
	}
	return t
}

func allVisible(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, visible(text))
	}
	return out
}
