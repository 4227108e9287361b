package page

import (
	"strings"

	"authlab/loadtest/message"
)

// Visible returns text as one line, with control and invisible characters escaped: servers choose some of a report's
// text.
func Visible(text string) string { return message.Visible(strings.Join(strings.Fields(text), " ")) }

// Visible is the document with all its text made visible.
func (d Document) Visible() Document {
	d.Title, d.Question = Visible(d.Title), Visible(d.Question)
	d.Warnings, d.Answer, d.Notices = allVisible(d.Warnings), allVisible(d.Answer), allVisible(d.Notices)
	for i := range d.Sections {
		s := &d.Sections[i]
		s.Text, s.Notes = allVisible(s.Text), allVisible(s.Notes)
		for k := range s.Tables {
			s.Tables[k] = s.Tables[k].Visible()
		}
	}
	return d
}

// Visible is the table with all its text made visible.
func (t Table) Visible() Table {
	t.Caption, t.Head = Visible(t.Caption), allVisible(t.Head)
	for i := range t.Rows {
		r := &t.Rows[i]
		r.Group = Visible(r.Group)
		for k := range r.Cells {
			r.Cells[k].Text = Visible(r.Cells[k].Text)
		}
	}
	return t
}

func allVisible(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, Visible(text))
	}
	return out
}
