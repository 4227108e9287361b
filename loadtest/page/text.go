package page

import (
	"strings"

	"authlab/loadtest/message"
)

// Text aligns the table in columns.
func (t Table) Text(l message.Language) string {
	lines := [][]string{nil}
	for _, h := range t.Head {
		lines[0] = append(lines[0], Words(l, h.Name))
	}
	for _, r := range t.Rows {
		line := []string{Words(l, r.Group)}
		if r.Group.IsZero() {
			line = nil
			for _, c := range r.Cells {
				line = append(line, Words(l, c.Text))
			}
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(t.Head))
	for _, line := range lines {
		for i, text := range line {
			if len(line) > 1 { // a group's title may be longer than the column
				widths[i] = max(widths[i], message.Columns(text))
			}
		}
	}
	var b strings.Builder
	for _, line := range lines {
		var out string
		for i, text := range line {
			out += t.pad(i, text, widths[i]) + "  "
		}
		b.WriteString(strings.TrimRight(out, " ") + "\n")
	}
	return b.String()
}

// pad fills a cell of column i: numbers are right-aligned.
func (t Table) pad(i int, text string, width int) string {
	fill := strings.Repeat(" ", max(0, width-message.Columns(text)))
	if t.Head[i].Numbers {
		return fill + text
	}
	return text + fill
}
