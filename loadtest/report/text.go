package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/page"
)

// MainText is the answer and the main table for a terminal.
func MainText(a *analysis.Analysis) string {
	var b strings.Builder
	d, _ := heading(a)
	d = d.Visible()
	for _, part := range [][]string{d.Warnings, d.Answer, d.Notices} {
		for _, sentence := range part {
			fmt.Fprintln(&b, sentence)
		}
	}
	switch t := summary(a); {
	case a.Run.Plan.Target != nil && len(a.Target) > 0:
		b.WriteString("\n" + targetTable(a).Text())
		for _, sentence := range unknown(a) {
			fmt.Fprintln(&b, "Not known: "+page.Visible(sentence))
		}
	case a.Run.Plan.Target == nil && len(t.Head) > 1:
		b.WriteString("\n" + t.Text())
	}
	return b.String()
}
