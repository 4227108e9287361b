package report

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"authlab/loadtest/analysis"
)

// MainText is the answer and the main table for a terminal.
func MainText(a *analysis.Analysis) string {
	var b strings.Builder
	for _, sentence := range answer(a) {
		fmt.Fprintln(&b, sentence)
	}
	b.WriteString("\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	t := summary(a)
	for i, head := range t.Head {
		t.Head[i] = strings.TrimPrefix(head, "#")
	}
	fmt.Fprintln(w, strings.Join(t.Head, "\t"))
	for _, r := range t.Rows {
		fmt.Fprintln(w, strings.Join(r.Cells, "\t"))
	}
	w.Flush()
	return b.String()
}
