package page

import (
	"bytes"
	"fmt"
	"regexp"

	"authlab/loadtest/message"
)

// markup matches what Markdown would read as markup within a line: code, emphasis, links, pictures, tags and the ends
// of cells. A tag begins with a letter, so "< 1 %" and [1.2 1.4] are plain text.
var markup = regexp.MustCompile("[\\\\`*|]|\\]\\(|\\]:|\\]\\[|!\\[|<[A-Za-z/!?]|&[A-Za-z#]|~~|__|\\b_\\B|\\B_\\b")

// literal escapes visible text so that Markdown shows it as it is, even where a server chose it.
func literal(text string) string {
	return markup.ReplaceAllStringFunc(text, func(found string) string { return `\` + found })
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
func (d Document) Markdown(l message.Language) []byte {
	var b bytes.Buffer
	inline := func(m message.Message) string { return literal(Words(l, m)) }
	opening := func(m message.Message) string { return paragraph(Words(l, m)) }
	fmt.Fprintf(&b, "# %s\n\n", inline(d.Title))
	for _, badge := range d.Badges {
		fmt.Fprintf(&b, "> **%s**\n\n", literal(badge.In(l)))
	}
	fmt.Fprintf(&b, "**%s** %s\n", inline(message.New("page.asked")), inline(d.Question))
	for _, v := range d.Verdicts {
		fmt.Fprintf(&b, "\n%s", opening(v.Says.Message))
		for _, more := range []message.Message{v.Interval.Message, v.Means.Message, v.Setup.Message} {
			if !more.IsZero() {
				fmt.Fprintf(&b, " %s", inline(more))
			}
		}
		b.WriteString("\n")
	}
	if advice := d.Advice.Message(); !advice.IsZero() {
		fmt.Fprintf(&b, "\n**%s**\n", inline(advice))
	}
	for _, n := range d.Notices {
		fmt.Fprintf(&b, "\n> %s\n", opening(n))
	}
	for _, s := range d.Sections {
		s.markdown(&b, l)
	}
	return b.Bytes()
}

func (s Section) markdown(b *bytes.Buffer, l message.Language) {
	opening := func(m message.Message) string { return paragraph(Words(l, m)) }
	fmt.Fprintf(b, "\n## %s\n", literal(Words(l, s.Title)))
	if r := s.Reading; !r.See.IsZero() {
		for _, part := range [][2]message.Message{
			{message.New("page.see"), r.See}, {message.New("page.why"), r.Why}, {message.New("page.not"), r.Not},
		} {
			fmt.Fprintf(b, "\n**%s:** %s\n", literal(Words(l, part[0])), literal(Words(l, part[1])))
		}
	}
	for _, text := range s.Text {
		fmt.Fprintf(b, "\n%s\n", opening(text))
	}
	for _, t := range s.Tables {
		b.WriteString("\n")
		if !t.Caption.IsZero() {
			fmt.Fprintf(b, "%s:\n\n", opening(t.Caption))
		}
		b.WriteString(t.Markdown(l))
	}
	for _, note := range append(append([]message.Message{}, s.Notes...), s.Reading.Misread...) {
		fmt.Fprintf(b, "\n*%s*\n", literal(Words(l, note)))
	}
}
