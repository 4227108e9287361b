package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// small is from how many small machines on the store of a scheme is the bottleneck, if it had as much CPU as one of
// them: by the model, and as measured. Either may be unknown.
type small struct {
	scheme              string
	predicted, measured stats.Interval
}

// found is the better known of the two.
func (s small) found() float64 {
	if s.measured.Center > 0 {
		return s.measured.Center
	}
	return s.predicted.Center
}

// smallMachines lists the schemes of which one of the two is known, in the order in which they were measured.
func smallMachines(a *analysis.Analysis, j model.Judgement) (all []small) {
	seen := map[string]bool{}
	for _, t := range a.Scaling {
		if t.Store <= 0 || t.Budget <= 0 || seen[t.Name] {
			continue
		}
		seen[t.Name] = true
		predicted, measured := crossovers(a, j, t.Name)
		s := small{scheme: t.Name, measured: perSize(measured, t.Store/t.Budget)}
		if predicted.Check() == nil {
			s.predicted = perSize(predicted, t.Store/t.Budget)
		}
		if s.found() > 0 {
			all = append(all, s)
		}
	}
	return all
}

// checked is a kind's section. Small machines, where there are some, check what it extrapolates to whole cores.
func checked(found analysis.Found, a *analysis.Analysis, j model.Judgement) page.Section {
	s := found.Section()
	f, ok := found.Findings.(experiment.Extrapolated)
	if !ok {
		return s
	}
	t := page.Table{
		Caption: message.New("whole.caption"),
		Head: page.Head("head.scheme", "#whole.whole", "#whole.predicted", "#whole.measured",
			"#whole.ratio"),
	}
	for _, small := range smallMachines(a, j) {
		whole := f.Bottleneck(small.scheme)
		if !whole.Known() {
			continue
		}
		t.Add(small.scheme, page.Interval(whole, page.Significant), replicas(small.predicted), replicas(small.measured),
			fmt.Sprintf("%.2f", whole.Center/small.found()))
	}
	if len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
		s.Notes = append(s.Notes, message.New("whole.note"))
	}
	return s
}
