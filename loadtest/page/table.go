package page

import (
	"strings"
	"unicode/utf8"

	"authlab/loadtest/plan"
)

// Table is a table of text. A column whose header starts with # holds numbers.
type Table struct {
	Caption string
	Head    []string
	Rows    []Row
}

// Row is a line of a table. With a Group, it is the title of the lines below it.
type Row struct {
	Group string
	Cells []Cell
	Grey  bool // not reliable
}

// Cell is text; Grey text is not reliable.
type Cell struct {
	Text string
	Grey bool
}

// Cells makes plain cells of text.
func Cells(text ...string) []Cell {
	out := make([]Cell, len(text))
	for i, t := range text {
		out[i].Text = t
	}
	return out
}

// Grey is a cell that is not reliable.
func Grey(text string) Cell { return Cell{Text: text, Grey: true} }

// Add adds a row of plain cells.
func (t *Table) Add(text ...string) { t.Rows = append(t.Rows, Row{Cells: Cells(text...)}) }

// promises are the guarantees, as titles of groups of rows.
var promises = map[plan.Guarantee]string{
	plan.NoGuarantee:     "No authentication: the floor",
	plan.AtOnce:          "An ended login stops working at once",
	plan.AtOnceOnReplica: "An ended login stops working at once, on the one replica that knows it",
	plan.WithinPush:      "An ended login stops working within the push delay",
	plan.AtExpiry:        "An ended login stops working when it expires",
}

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
			title := promises[s.Guarantee]
			if title == "" {
				title = "An ended login stops working " + string(s.Guarantee)
			}
			t.Rows, last = append(t.Rows, Row{Group: title}), s.Guarantee
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
func (t Table) Markdown() string {
	lines := [][]string{{}}
	for _, h := range t.Head {
		lines[0] = append(lines[0], literal(strings.TrimPrefix(h, "#")))
	}
	for _, r := range t.Rows {
		lines = append(lines, t.line(r))
	}
	widths := make([]int, len(t.Head))
	for n, line := range lines {
		for i, text := range line {
			if n == 0 || t.Rows[n-1].Group == "" { // a group's title may be longer than the column
				widths[i] = max(widths[i], utf8.RuneCountInString(text), 3)
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
func (t Table) line(r Row) []string {
	out := make([]string, len(t.Head))
	if r.Group != "" {
		out[0] = "**" + literal(r.Group) + "**"
		return out
	}
	for i, c := range r.Cells {
		out[i] = literal(c.Text)
		if (r.Grey || c.Grey) && c.Text != None && c.Text != "" {
			out[i] = "*" + out[i] + "*"
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
		if numeric(t.Head[i]) {
			end = ":"
		}
		b.WriteString(" " + strings.Repeat("-", w-1) + end + " |")
	}
	b.WriteString("\n")
}

// Numbers is the head of a column of numbers.
func Numbers(head string) string { return "#" + head }

func numeric(head string) bool { return strings.HasPrefix(head, "#") }
