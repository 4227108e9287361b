package exhaust

import (
	"fmt"
	"maps"
	"slices"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// Alone is a defence that is measured in process: its code is in every server, and no switch turns it off.
type Alone struct {
	Name  string
	Title message.Message
	// Request is what it protects, With and Without are what the handler does.
	Request, With, Without message.Message
	Requirement            int // as the contract of the servers numbers it
}

// Alones are all of them, in the order of the report.
var Alones = []Alone{
	{
		Name: "strict-parsing", Title: message.New("exhaust.defence.strict-parsing"), Requirement: 10,
		Request: message.New("exhaust.request.strict-parsing"),
		With:    message.New("exhaust.with.strict-parsing"), Without: message.New("exhaust.without.strict-parsing"),
	},
	{
		Name: "same-origin", Title: message.New("exhaust.defence.same-origin"), Requirement: 16,
		Request: message.New("exhaust.request.same-origin"),
		With:    message.New("exhaust.with.same-origin"), Without: message.New("exhaust.without.same-origin"),
	},
	{
		Name: "guessing", Title: message.New("exhaust.defence.guessing"), Requirement: 19,
		Request: message.New("exhaust.request.guessing"),
		With:    message.New("exhaust.with.guessing"), Without: message.New("exhaust.without.guessing"),
	},
}

// insideOf returns the defence with that name.
func insideOf(name string) (Alone, bool) {
	i := slices.IndexFunc(Alones, func(a Alone) bool { return a.Name == name })
	if i < 0 {
		return Alone{}, false
	}
	return Alones[i], true
}

// pricesInside are what the plan's defences add, in process. Samples are starts.
func pricesInside(part *Part, lines []Line) (all []Cost) {
	for _, name := range part.Inside {
		starts := map[int]*experiment.Arms{}
		for _, l := range lines {
			if l.Scheme != Inside || l.What != name || l.Inside == nil {
				continue
			}
			sum := starts[l.Start]
			if sum == nil {
				sum = new(experiment.Arms)
				starts[l.Start] = sum
			}
			add(&sum.With, l.Inside.With)
			add(&sum.Without, l.Inside.Without)
			add(&sum.Again, l.Inside.Again)
		}
		if len(starts) > 0 {
			all = append(all, priceOf(name, starts))
		}
	}
	return all
}

func add(sum *experiment.Calls, c experiment.Calls) { sum.N, sum.CPU = sum.N+c.N, sum.CPU+c.CPU }

// priceOf is what starts show of a defence. A start counts all CPU of all its rounds, and not their median: what the
// garbage collector takes falls into some rounds, and is a part of the price.
func priceOf(name string, starts map[int]*experiment.Arms) Cost {
	c := Cost{What: name, Defence: true, Scheme: Inside, Answers: map[int]uint64{}, Noise: new(stats.Estimate)}
	var with, without, ratios, added, noise []float64
	for _, at := range slices.Sorted(maps.Keys(starts)) {
		for _, of := range []experiment.Calls{starts[at].With, starts[at].Without, starts[at].Again} {
			if of.N == 0 || of.CPU <= 0 {
				c.Why = message.Say("exhaust.why.uncalled")
				return c
			}
		}
		a, b, again := each(starts[at].With), each(starts[at].Without), each(starts[at].Again)
		base := (b + again) / 2 // both are the handler without the defence
		with, without = append(with, a), append(without, base)
		ratios, added, noise = append(ratios, a/base), append(added, a-base), append(noise, again-b)
	}
	c.Replica, c.Beside, c.Ratio = stats.Of(with), stats.Of(without), stats.Ratios(ratios, 0)
	c.Added, *c.Noise = stats.Differences(added), stats.Differences(noise)
	return c
}

// each is the CPU µs of a call.
func each(c experiment.Calls) float64 { return micro(c.CPU.Nanoseconds(), c.N) }

// told reports whether what a defence adds is told from nothing. In process it must also be told from the noise: from
// what the same handler without it differs by from itself.
func told(c Cost) bool {
	if !c.Added.Excludes(0) || c.Noise == nil {
		return c.Added.Excludes(0)
	}
	return c.Noise.Why.IsZero() && (c.Added.Low > max(0, c.Noise.High) || c.Added.High < min(0, c.Noise.Low))
}

// Limits implements experiment.Limited.
func (f *Findings) Limits() [][2]message.Message {
	if !slices.ContainsFunc(f.Costs, func(c Cost) bool { return c.Scheme == Inside }) {
		return nil
	}
	return [][2]message.Message{{message.New("exhaust.limit-inside"), message.New("exhaust.limit-inside-so")}}
}

// inside is the table of defences that were measured in process.
func (f *Findings) inside() page.Table {
	t := page.Table{
		Caption: message.New("exhaust.caption-inside"), Open: true,
		Head: page.Head("exhaust.head.defence", "exhaust.head.protects", "exhaust.head.without", "#exhaust.head.us",
			"exhaust.head.with", "#exhaust.head.us", "#exhaust.head.added", "#exhaust.head.noise",
			"exhaust.head.requirement"),
	}
	for _, name := range f.part.Inside {
		a, _ := insideOf(name)
		c, ok := f.of(Inside, name, 0)
		if !ok {
			continue
		}
		t.Rows = append(t.Rows, page.Row{Grey: !c.Why.IsZero(), Cells: page.Cells(a.Title, a.Request, a.Without,
			page.Interval(c.Beside, page.Significant), a.With, page.Interval(c.Replica, page.Significant), added(c),
			signed(*c.Noise), fmt.Sprintf("R%02d", a.Requirement))})
	}
	return t
}
