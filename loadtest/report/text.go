package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// MainText is the front and the main table for a terminal.
func MainText(a *analysis.Analysis, l message.Language) string {
	var b strings.Builder
	d, _ := front(a)
	for _, badge := range d.Badges {
		fmt.Fprintln(&b, badge.In(l))
	}
	for _, v := range d.Verdicts {
		fmt.Fprintf(&b, "\n%s\n", page.Words(l, v.Says.Message))
		for _, more := range []message.Sentence{v.Interval, v.Means} {
			if !more.IsZero() {
				fmt.Fprintln(&b, "  "+page.Words(l, more.Message))
			}
		}
	}
	for _, m := range append([]message.Message{d.Advice.Message()}, d.Notices...) {
		if !m.IsZero() {
			fmt.Fprintf(&b, "\n%s\n", page.Words(l, m))
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
