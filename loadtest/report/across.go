package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// Across is a comparison of two runs for a terminal.
func Across(x *analysis.Across, l message.Language) string {
	var b strings.Builder
	for _, w := range x.Warnings {
		fmt.Fprintln(&b, page.Words(l, message.New("comparison.mind", "what", w)))
	}
	if len(x.Warnings) > 0 {
		b.WriteString("\n")
	}
	t := page.Table{Head: append(page.Head("comparison.figure", "head.scheme", "#comparison.before", "#comparison.after",
		"#comparison.ratio"), page.Numbers(message.Message{}))}
	for _, c := range x.Changes {
		verdict := page.Plain("~")
		switch {
		case c.Different:
			verdict = page.Plain(fmt.Sprintf("%+.0f %%", 100*(c.Ratio.Center-1)))
		case c.Once:
			verdict = page.Plain(message.New("comparison.once"))
		}
		t.Add(c.Figure, c.Scheme, page.Ratio(c.Old), page.Ratio(c.New), page.Ratio(c.Ratio), verdict)
	}
	b.WriteString(t.Text(l) + "\n")
	different, of := x.Different()
	said := []message.Message{message.New("comparison.differ", "different", different, "of", of)}
	if once := len(x.Changes) - of; once > 0 {
		said = append(said, message.New("comparison.started-once", "figures", once))
	}
	if len(x.Alone) > 0 {
		said = append(said, message.New("comparison.alone", "figures", x.Alone))
	}
	fmt.Fprintln(&b, page.Words(l, message.New("comparison.result", "sentences", said)))
	fmt.Fprintln(&b, message.New("comparison.notes").In(l))
	return b.String()
}
