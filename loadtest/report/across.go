package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// Across is a comparison of two runs for a terminal.
func Across(x *analysis.Across) string {
	var b strings.Builder
	for _, w := range x.Warnings {
		fmt.Fprintf(&b, "Mind that %s.\n", page.Visible(w.String()))
	}
	if len(x.Warnings) > 0 {
		b.WriteString("\n")
	}
	t := page.Table{Head: []string{"figure", "scheme", "#before", "#after", "#after ÷ before", "#"}}
	for _, c := range x.Changes {
		verdict := "~"
		switch {
		case c.Different:
			verdict = fmt.Sprintf("%+.0f %%", 100*(c.Ratio.Center-1))
		case c.Once:
			verdict = "one start"
		}
		t.Add(c.Figure.String(), c.Scheme, page.Ratio(c.Old), page.Ratio(c.New), page.Ratio(c.Ratio), verdict)
	}
	b.WriteString(t.Text())
	different, of := x.Different()
	fmt.Fprintf(&b, "\n%d of %d figures differ.", different, of)
	if once := len(x.Changes) - of; once > 0 {
		fmt.Fprintf(&b, " Of %d more one of the runs started the servers too few times: they decide nothing.", once)
	}
	if n := len(x.Alone); n > 0 {
		fmt.Fprintf(&b, " Not compared, because one run does not have them as the other has: %s.",
			page.Visible(strings.Join(message.Texts(x.Alone), ", ")))
	}
	b.WriteString("\nOnly ratios that each run established within itself are compared: absolute figures change with " +
		"the hour. A change counts where the two intervals\n" +
		"do not touch, and where it is larger than what changed between one and the same program; ~ is all that the " +
		"data does not resolve.\n")
	return b.String()
}
