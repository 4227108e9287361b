package report

import (
	"bytes"
	"fmt"
)

// markdown is the document without its charts: every chart has a table beside it.
func (d document) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", d.Title)
	for _, w := range d.Warnings {
		fmt.Fprintf(&b, "> **%s**\n\n", w)
	}
	fmt.Fprintf(&b, "**Asked:** %s\n\n", d.Question)
	for _, sentence := range d.Answer {
		fmt.Fprintf(&b, "%s\n", sentence)
	}
	for _, n := range d.Notices {
		fmt.Fprintf(&b, "\n> %s\n", n)
	}
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "\n## %s\n", s.Title)
		for _, text := range s.Text {
			fmt.Fprintf(&b, "\n%s\n", text)
		}
		for _, t := range s.Tables {
			b.WriteString("\n")
			if t.Caption != "" {
				fmt.Fprintf(&b, "%s:\n\n", t.Caption)
			}
			b.WriteString(t.markdown())
		}
		for _, note := range s.Notes {
			fmt.Fprintf(&b, "\n*%s*\n", note)
		}
	}
	return b.Bytes()
}
