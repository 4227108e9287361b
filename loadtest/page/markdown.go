package page

import (
	"bytes"
	"fmt"
	"regexp"
)

// markup matches what Markdown would read as markup within a line: code, emphasis, links, pictures, tags and the ends
// of cells. A tag begins with a letter, so "< 1 %" and [1.2 1.4] are plain text.
var markup = regexp.MustCompile("[\\\\`*|]|\\]\\(|\\]:|\\]\\[|!\\[|<[A-Za-z/!?]|&[A-Za-z#]|~~|__|\\b_\\B|\\B_\\b")

// literal escapes text so that Markdown shows it as it is, even where a server chose it.
func literal(text string) string {
	return markup.ReplaceAllStringFunc(Visible(text), func(found string) string { return `\` + found })
}

// begins matches what makes a line a heading, a quotation or an item of a list.
var begins = regexp.MustCompile(`^([#>+-]|\d+[.)])`)

// paragraph is literal, for the beginning of a line.
func paragraph(text string) string {
	text = literal(text)
	if found := begins.FindString(text); found != "" {
		last := len(found) - 1
		return text[:last] + `\` + text[last:]
	}
	return text
}

// Markdown writes the document without its charts: every chart has a table beside it.
func (d Document) Markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", literal(d.Title))
	for _, w := range d.Warnings {
		fmt.Fprintf(&b, "> **%s**\n\n", literal(w))
	}
	fmt.Fprintf(&b, "**Asked:** %s\n\n", literal(d.Question))
	for _, sentence := range d.Answer {
		fmt.Fprintf(&b, "%s\n", paragraph(sentence))
	}
	for _, n := range d.Notices {
		fmt.Fprintf(&b, "\n> %s\n", paragraph(n))
	}
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "\n## %s\n", literal(s.Title))
		for _, text := range s.Text {
			fmt.Fprintf(&b, "\n%s\n", paragraph(text))
		}
		for _, t := range s.Tables {
			b.WriteString("\n")
			if t.Caption != "" {
				fmt.Fprintf(&b, "%s:\n\n", paragraph(t.Caption))
			}
			b.WriteString(t.Markdown())
		}
		for _, note := range s.Notes {
			fmt.Fprintf(&b, "\n*%s*\n", literal(note))
		}
	}
	return b.Bytes()
}
