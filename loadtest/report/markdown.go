package report

import (
	"bytes"
	"fmt"
	"strings"
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

// escape keeps a cell one cell.
var escape = strings.NewReplacer("|", `\|`, "\n", " ", "~", `\~`)

func (t table) markdown() string {
	var b strings.Builder
	b.WriteString("|")
	for _, h := range t.Head {
		b.WriteString(" " + escape.Replace(strings.TrimPrefix(h, "#")) + " |")
	}
	b.WriteString("\n|")
	for _, h := range t.Head {
		if strings.HasPrefix(h, "#") {
			b.WriteString("---:|")
		} else {
			b.WriteString("---|")
		}
	}
	b.WriteString("\n")
	for _, r := range t.Rows {
		b.WriteString("|")
		for _, cell := range r.Cells {
			b.WriteString(" " + escape.Replace(cell) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
