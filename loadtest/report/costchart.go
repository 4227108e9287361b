package report

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// price is what a request of one scheme takes, tier by tier, in one unit.
type price struct {
	scheme plan.Scheme
	base   float64 // of the control
	more   float64 // that the scheme adds in the replica
	low    float64 // of more, 95 %
	high   float64
	sure   bool // there is an interval
	told   bool // the scheme is told from the control
	tiers  []analysis.TierCost
}

// costChart draws the CPU time of a request by tier. Each tier has its own bar from zero: a replica without a budget
// and a store under one are no parts of one sum. Where the machine drifted, µs are uncertain, and it draws ratios of
// the replica's alone.
func costChart(a *analysis.Analysis) []page.Chart {
	prices, tiers := prices(a)
	if len(prices) == 0 {
		return nil
	}
	unit := message.New("costs.axis")
	switch {
	case !a.DemandDrift.IsZero():
		unit = message.New("costs.axis-ratio")
	case withinOneStart(a):
		unit = message.New("costs.axis-within")
	}
	marks := []message.Message{message.New("costs.marks")}
	if tiers {
		marks = append(marks, message.New("costs.marks-tiers"))
	}
	return []page.Chart{{
		ID: "chart-cost", Title: message.New("costs.chart"), Alt: message.New("costs.chart-alt"), Marks: marks,
		Misread: message.New("costs.misread"), Figures: priceTable(a, prices, unit),
		SVG: func(l message.Language, width page.Width) template.HTML {
			d := newPriceChart(l, width, prices, unit)
			d.colour, d.drift = colours(a), !a.DemandDrift.IsZero()
			return d.draw()
		},
	}}
}

// prices are those of all schemes that were measured themselves.
func prices(a *analysis.Analysis) (all []price, tiers bool) {
	control := costOf(a, plan.Control)
	if !control.CPU.Known() {
		return nil, false
	}
	for _, c := range a.Demand {
		r := best(c)
		if c.As != "" || !r.Known() || c.Name == plan.Control {
			continue
		}
		p := price{
			scheme: c.Scheme, base: control.CPU.Center, more: c.Added.Center, low: c.Added.Low, high: c.Added.High,
			sure: c.Added.Why.IsZero(), told: c.Resolved,
		}
		if !a.DemandDrift.IsZero() {
			p.base, p.more, p.low, p.high, p.sure = 1, r.Center-1, r.Low-1, r.High-1, r.Why.IsZero()
		} else {
			p.tiers = tiersOf(a, c.Name)
		}
		tiers = tiers || len(p.tiers) > 0
		all = append(all, p)
	}
	return all, tiers
}

// tiersOf are the costs of the shared parts for requests of a scheme.
func tiersOf(a *analysis.Analysis, scheme string) []analysis.TierCost {
	return slices.DeleteFunc(slices.Clone(a.Tiers), func(t analysis.TierCost) bool {
		return t.Scheme != scheme || !t.Withheld.IsZero() || !t.Drift.IsZero() || !t.CPU.Known()
	})
}

func priceTable(a *analysis.Analysis, prices []price, unit message.Message) page.Table {
	t := page.Table{
		Caption: unit,
		Head: page.Head("head.scheme", "#costs.without", "#costs.added-head", "#costs.ratio-head",
			"#tier.store", "#tier.balancer"),
	}
	for _, p := range prices {
		more := page.Significant(p.more)
		if p.sure {
			more = fmt.Sprintf("%s [%s %s]", more, page.Significant(p.low), page.Significant(p.high))
		}
		line := page.Cells(p.scheme.Name, page.Significant(p.base), more, page.Ratio(best(costOf(a, p.scheme.Name))))
		for _, tier := range []string{"store", "balancer"} {
			cell := page.Plain(page.None)
			for _, c := range p.tiers {
				if c.Tier == tier {
					cell = page.Plain(message.New("costs.under-budget", "us", page.Interval(c.CPU, page.Significant),
						"budget", c.Budget))
				}
			}
			line = append(line, cell)
		}
		t.Rows = append(t.Rows, page.Row{Cells: line})
	}
	return t
}

// priceChart is the picture of prices.
type priceChart struct {
	*canvas
	prices    []price
	unit      message.Message
	colour    map[string]string
	drift     bool
	left, per float64 // where zero is, and pixels of a unit
	scale     axis
}

const (
	replicaRow = 24.0
	tierRow    = 15.0
	nameRow    = 18.0
	groupGap   = 10.0
	valueRoom  = 128.0 // right of the longest bar
)

func newPriceChart(l message.Language, width page.Width, prices []price, unit message.Message) *priceChart {
	d := &priceChart{prices: prices, unit: unit, left: 10}
	height, highest := 24+40.0, 0.0
	for _, p := range prices {
		height += nameRow + replicaRow + tierRow*float64(len(p.tiers)) + groupGap
		highest = max(highest, p.base+max(p.more, p.high))
		for _, t := range p.tiers {
			highest = max(highest, t.CPU.High)
		}
	}
	d.scale = axisTo(highest)
	d.canvas = newCanvas(l, width, height, message.New("costs.chart"))
	d.per = (d.width - d.left - valueRoom) / d.scale.ceiling
	return d
}

func (d *priceChart) x(v float64) float64 { return d.left + d.per*v }

func (d *priceChart) draw() template.HTML {
	const top = 24.0
	bottom := d.height - 38
	d.text(2, 13, atLeft, "axis", d.unit)
	for i, v := range d.scale.ticks() {
		d.line(d.x(v), top, d.x(v), bottom, "grid", "")
		anchor := atMiddle
		if i == 0 {
			anchor = atLeft
		}
		d.try("tick", strconv.FormatFloat(v, 'g', 4, 64), spot{d.x(v), bottom + 16, anchor})
	}
	y := top
	for _, p := range d.prices {
		y = d.group(p, y)
	}
	if base := d.prices[0].base; base > 0 {
		d.line(d.x(base), top, d.x(base), bottom, "one", "")
		d.try(
			"tick",
			message.New("costs.no-login"),
			spot{d.x(base) + 4, bottom + 32, atLeft},
			spot{d.x(base), bottom + 32, atRight},
		)
	}
	return d.done()
}

// group draws the bars of one scheme below y, and returns where the next begin.
func (d *priceChart) group(p price, y float64) float64 {
	d.text(d.left, y+13, atLeft, "name", p.scheme.Name)
	y += nameRow
	end, half := p.base+p.more, y+replicaRow/2
	d.bar(d.x(0), d.x(min(p.base, end)), half, 16, look{colour: grey})
	d.bar(d.x(p.base), d.x(end), half, 16, lookOf(p.scheme, d.colour))
	right := d.x(max(end, p.base))
	if p.sure {
		d.whisker(d.x(p.base+p.low), d.x(p.base+p.high), half)
		right = max(right, d.x(p.base+p.high))
	}
	d.text(right+7, half+4, atLeft, "value", d.words(p))
	y += replicaRow
	for _, t := range p.tiers {
		d.bar(d.x(0), d.x(t.CPU.Center), y+tierRow/2, 7, look{"var(--soft)", true})
		d.whisker(d.x(t.CPU.Low), d.x(t.CPU.High), y+tierRow/2)
		d.text(max(d.x(t.CPU.High), d.x(0))+7, y+tierRow/2+4, atLeft, "tick", message.New("costs.tier-bar",
			"tier", message.Tier(t.Tier), "us", page.Significant(t.CPU.Center), "budget", t.Budget))
		y += tierRow
	}
	return y + groupGap
}

// plus prints what is added.
func plus(more float64) string {
	if more < 0 {
		return page.Significant(more)
	}
	return "+" + page.Significant(more)
}

// words are what a bar's end says.
func (d *priceChart) words(p price) message.Message {
	switch {
	case !p.told:
		return message.New("costs.bar-untold")
	case d.drift:
		return message.New("costs.bar-ratio", "ratio", fmt.Sprintf("%.2f", p.base+p.more))
	}
	return message.New("costs.bar", "more", plus(p.more))
}
