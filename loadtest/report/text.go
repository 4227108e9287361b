package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// MainText is the answer and the main table for a terminal.
func MainText(a *analysis.Analysis, l message.Language) string {
	var b strings.Builder
	d, _ := heading(a)
	for _, part := range [][]message.Message{d.Warnings, d.Answer, d.Notices} {
		for _, sentence := range part {
			fmt.Fprintln(&b, page.Words(l, sentence))
		}
	}
	switch t := summary(a); {
	case a.Run.Plan.Target != nil && len(a.Target) > 0:
		b.WriteString("\n" + targetTable(a).Text(l))
		for _, sentence := range unknown(a) {
			fmt.Fprintln(&b, page.Words(l, message.New("report.not-known", "what", sentence)))
		}
	case a.Run.Plan.Target == nil && len(t.Head) > 1:
		b.WriteString("\n" + t.Text(l))
	}
	return b.String()
}
