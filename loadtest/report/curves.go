package report

import (
	"html/template"
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// curves are lines against replicas: what they show, and how it is written.
type curves struct {
	id                        string
	title, unit, alt, misread message.Message
	of                        func(analysis.Throughput) stats.Estimate
	share                     bool    // of the control's: the model speaks of it
	scale                     float64 // what a figure is multiplied by
	a                         *analysis.Analysis
	j                         model.Judgement
}

// shareChart draws throughput against replicas, as a share of the control's. It draws nothing where nothing is known.
func shareChart(a *analysis.Analysis, j model.Judgement) []page.Chart {
	return curves{
		id: "chart-share", title: message.New("curves.share"), unit: message.New("curves.share-unit"),
		alt: message.New("curves.share-alt"), misread: message.New("curves.share-misread"), share: true, scale: 100,
		of: func(t analysis.Throughput) stats.Estimate { return t.Control }, a: a, j: j,
	}.chart()
}

// answersChart draws throughput against replicas as it is.
func answersChart(a *analysis.Analysis, j model.Judgement) []page.Chart {
	all := curves{
		id: "chart-throughput", title: message.New("curves.answers"), unit: message.New("curves.answers-unit"),
		alt: message.New("curves.answers-alt"), misread: message.New("curves.answers-misread"), scale: 1,
		of: func(t analysis.Throughput) stats.Estimate { return t.X }, a: a, j: j,
	}.chart()
	for i := range all {
		all[i].Folded = true
	}
	return all
}

// points are a scheme's figures that may be drawn. The control's share of itself is a line of its own.
func (c curves) points(scheme string) (own []analysis.Throughput) {
	for _, t := range c.a.Scaling {
		if t.Name == scheme && t.Unlike.IsZero() && c.of(t).Known() && (!c.share || scheme != plan.Control) {
			own = append(own, t)
		}
	}
	return own
}

// extent is what the points of all schemes reach.
func (c curves) extent() (highest float64, sizes []int, bound bool) {
	for _, t := range c.a.Scaling {
		if len(c.points(t.Name)) == 0 || !t.Unlike.IsZero() || !c.of(t).Known() {
			continue
		}
		highest, bound = max(highest, c.scale*c.of(t).High), bound || !t.Bound.IsZero()
		if !slices.Contains(sizes, t.Replicas) {
			sizes = append(sizes, t.Replicas)
		}
	}
	slices.Sort(sizes)
	return highest, sizes, bound
}

func (c curves) chart() []page.Chart {
	highest, sizes, bound := c.extent()
	if highest <= 0 || len(sizes) == 0 {
		return nil
	}
	if c.share {
		highest = max(highest, 100)
	}
	largest := sizes[len(sizes)-1]
	bends := slices.DeleteFunc(slices.Clone(c.a.Bends), func(b analysis.Bend) bool {
		return !b.Reached() || b.At.Center > float64(largest) || b.At.Center < float64(sizes[0])
	})
	return []page.Chart{{
		ID: c.id, Title: c.title, Alt: c.alt, Misread: c.misread, Marks: c.marks(len(bends) > 0, bound), Figures: c.table(),
		SVG: func(l message.Language, width page.Width) template.HTML {
			p := c.plot(l, width, axisTo(highest), sizes)
			p.axes(sizes)
			for _, b := range bends {
				p.bend(b)
			}
			for i, s := range c.a.Run.Plan.AllSchemes() {
				p.scheme(i, s)
			}
			p.values()
			return p.finish()
		},
	}}
}

// marks say what the marks mean.
func (c curves) marks(bent, bound bool) []message.Message {
	var said []message.Message
	if c.share {
		said = append(said, message.New("curves.slopes"))
		if len(c.points(plan.Twin)) > 0 {
			said = append(said, message.New("curves.twin"))
		}
	}
	said = append(said, message.New("curves.measured"))
	if c.j.HeldOut > 0 && len(c.j.Trials) > 0 {
		if c.share {
			said = append(said, message.New("curves.predicted"))
		} else {
			said = append(said, message.New("curves.held-out"))
		}
	}
	if bent {
		said = append(said, message.New("curves.bent"))
	}
	if bound {
		said = append(said, message.New("curves.bound"))
	}
	if !c.a.ScalingDrift.IsZero() && !c.share { // a share is of one round
		said = append(said, message.New("curves.drifted"))
	}
	return said
}

// table has a line for each scheme and a column for each size.
func (c curves) table() page.Table {
	_, sizes, _ := c.extent()
	t := page.Table{Caption: c.unit, Head: page.Head("head.scheme")}
	for _, n := range sizes {
		t.Head = append(t.Head, page.Numbers(page.Replicas(n)))
	}
	for _, s := range c.a.Run.Plan.AllSchemes() {
		if len(c.points(s.Name)) == 0 {
			continue
		}
		line := page.Cells(s.Name)
		for _, n := range sizes {
			cell := page.Grey(unscaled(c.a, s, n))
			if x := throughputOf(c.a, s.Name, n); x.Replicas > 0 && c.share {
				cell = controlCell(c.a, x)
			} else if x.Replicas > 0 {
				cell = answersCell(c.a, x)
			}
			line = append(line, cell)
		}
		t.Rows = append(t.Rows, page.Row{Cells: line})
	}
	return t
}
