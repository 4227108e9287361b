package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
)

// Comparable is what of a run can be compared with another. It fails if the run's predictions cannot be read.
func Comparable(a *analysis.Analysis) (*analysis.Comparable, error) {
	j, err := model.Judge(a)
	if err != nil {
		return nil, err
	}
	c := a.Comparable()
	c.Figures = append(c.Figures, j.Comparands()...)
	return c, nil
}

// Across is a comparison of two runs for a terminal.
func Across(x *analysis.Across, l message.Language) string {
	var b strings.Builder
	for _, w := range x.Warnings {
		fmt.Fprintln(&b, page.Words(l, message.New("comparison.mind", "what", w)))
	}
	if len(x.Warnings) > 0 {
		b.WriteString("\n")
	}
	b.WriteString(changes(x).Text(l) + "\n")
	fmt.Fprintln(&b, page.Words(l, different(x)))
	fmt.Fprintln(&b, message.New("comparison.notes").In(l))
	return b.String()
}

// changes is a line for each figure that both runs have.
func changes(x *analysis.Across) page.Table {
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
	return t
}

// different says how many figures differ, and what was not compared.
func different(x *analysis.Across) message.Message {
	n, of := x.Different()
	said := []message.Message{message.New("comparison.differ", "different", n, "of", of)}
	if once := len(x.Changes) - of; once > 0 {
		said = append(said, message.New("comparison.started-once", "figures", once))
	}
	if len(x.Alone) > 0 {
		said = append(said, message.New("comparison.alone", "figures", x.Alone))
	}
	return message.New("comparison.result", "sentences", said)
}

// comparisonSection is where a page's script compares the run with another one.
func comparisonSection() page.Section {
	return page.Section{
		ID: "comparison", Title: message.New("compare.title"), Text: []message.Message{message.New("compare.text")},
	}
}

// Compared is the page of a run, with its comparison with an earlier one in it.
func Compared(x *analysis.Across, before string, a *analysis.Analysis, l message.Language) ([]byte, error) {
	d, err := withData(a, dataOf(a))
	if err != nil {
		return nil, err
	}
	s := page.Section{
		ID: "compared", Title: message.New("comparison.title", "before", before, "after", a.Run.ID),
		Text: []message.Message{different(x)}, Tables: []page.Table{changes(x)},
		Notes: []message.Message{message.New("comparison.notes")},
	}
	for _, w := range x.Warnings {
		s.Text = append(s.Text, message.New("comparison.mind", "what", w))
	}
	d.Sections = append([]page.Section{s}, d.Sections...)
	return d.HTML(l)
}
