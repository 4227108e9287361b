package page

import (
	"fmt"
	"strings"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// Table is a table of words and figures.
type Table struct {
	Caption message.Message
	Head    []Column
	Rows    []Row
	Open    bool // the page shows it without being asked
}

// lines is how many rows it has, without the titles of groups.
func (t Table) lines() (n int) {
	for _, r := range t.Rows {
		if r.Group.IsZero() {
			n++
		}
	}
	return n
}

// Column is a column's head.
type Column struct {
	Name    message.Message
	Numbers bool // the column holds numbers
}

// Head is a table's head, by the keys of its columns. The key of a column of numbers begins with #.
func Head(keys ...string) []Column {
	var head []Column
	for _, key := range keys {
		name, numbers := strings.CutPrefix(key, "#")
		head = append(head, Column{message.New(name), numbers})
	}
	return head
}

// Numbers is the head of a column of numbers.
func Numbers(name message.Message) Column { return Column{name, true} }

// Row is a line of a table. With a Group, it is the title of the lines below it.
type Row struct {
	ID    string // an anchor; may be empty
	Group message.Message
	Cells []Cell
	Grey  bool // not reliable
}

// Cell is what a column has in one line; Grey text is not reliable, and Bad is what a reader must not overlook.
type Cell struct {
	Text message.Message
	Grey bool
	Bad  bool
	To   string // where it leads: an address, or # and an anchor of the page; may be empty
}

// Cells makes cells. A message is shown in the reader's language, a cell as it is, and anything else, such as a name or
// a figure, alike in all languages.
func Cells(parts ...any) []Cell {
	out := make([]Cell, len(parts))
	for i, part := range parts {
		out[i] = Plain(part)
	}
	return out
}

// Plain makes a cell, as Cells does.
func Plain(part any) Cell {
	switch part := part.(type) {
	case Cell:
		return part
	case message.Message:
		return Cell{Text: part}
	case message.Sentence:
		return Cell{Text: part.Message}
	default:
		return Cell{Text: message.Text(fmt.Sprint(part))}
	}
}

// Grey makes a cell that is not reliable.
func Grey(part any) Cell { return Cell{Text: Plain(part).Text, Grey: true} }

// Bad makes a cell that a reader must not overlook.
func Bad(part any) Cell { return Cell{Text: Plain(part).Text, Bad: true} }

// Add adds a row of cells.
func (t *Table) Add(parts ...any) { t.Rows = append(t.Rows, Row{Cells: Cells(parts...)}) }

// Grouped adds each scheme's rows under a title for each guarantee. A token that cannot be revoked and a session that
// can are two products, so rows are compared within a group.
func (t *Table) Grouped(schemes []plan.Scheme, rowsOf func(plan.Scheme) []Row) {
	last := plan.Guarantee("")
	for _, s := range ByGuarantee(schemes) {
		rows := rowsOf(s)
		if len(rows) == 0 {
			continue
		}
		if s.Guarantee != last {
			t.Rows, last = append(t.Rows, Row{Group: promise(s.Guarantee)}), s.Guarantee
		}
		t.Rows = append(t.Rows, rows...)
	}
}

// ByGuarantee groups schemes by their guarantee, the groups in the order in which they first appear.
func ByGuarantee(schemes []plan.Scheme) []plan.Scheme {
	var out []plan.Scheme
	seen := map[plan.Guarantee]bool{}
	for _, s := range schemes {
		if seen[s.Guarantee] {
			continue
		}
		seen[s.Guarantee] = true
		for _, t := range schemes {
			if t.Guarantee == s.Guarantee {
				out = append(out, t)
			}
		}
	}
	return out
}

// Markdown writes the table with aligned columns, so that it also reads well as text. Grey text is in italics.
func (t Table) Markdown(l message.Language) string {
	lines := [][]string{{}}
	for _, h := range t.Head {
		lines[0] = append(lines[0], literal(Words(l, h.Name)))
	}
	for _, r := range t.Rows {
		lines = append(lines, t.line(l, r))
	}
	widths := make([]int, len(t.Head))
	for n, line := range lines {
		for i, text := range line {
			if n == 0 || t.Rows[n-1].Group.IsZero() { // a group's title may be longer than the column
				widths[i] = max(widths[i], message.Columns(text), 3)
			}
		}
	}
	var b strings.Builder
	for n, line := range lines {
		t.writeLine(&b, line, widths)
		if n == 0 {
			t.writeRule(&b, widths)
		}
	}
	return b.String()
}

// line is a row as Markdown: a text for each column.
func (t Table) line(l message.Language, r Row) []string {
	out := make([]string, len(t.Head))
	if !r.Group.IsZero() {
		out[0] = "**" + literal(Words(l, r.Group)) + "**"
		return out
	}
	for i, c := range r.Cells {
		text := Words(l, c.Text)
		out[i] = literal(text)
		if (r.Grey || c.Grey) && text != None && text != "" {
			out[i] = "*" + out[i] + "*"
		}
		if c.Bad {
			out[i] = "**" + out[i] + "**"
		}
		if strings.HasPrefix(c.To, "https://") {
			out[i] = "[" + out[i] + "](" + c.To + ")"
		}
	}
	return out
}

func (t Table) writeLine(b *strings.Builder, line []string, widths []int) {
	b.WriteString("|")
	for i, text := range line {
		b.WriteString(" " + t.pad(i, text, widths[i]) + " |")
	}
	b.WriteString("\n")
}

func (t Table) writeRule(b *strings.Builder, widths []int) {
	b.WriteString("|")
	for i, w := range widths {
		end := "-"
		if t.Head[i].Numbers {
			end = ":"
		}
		b.WriteString(" " + strings.Repeat("-", w-1) + end + " |")
	}
	b.WriteString("\n")
}
