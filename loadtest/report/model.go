package report

import (
	"fmt"
	"math"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/model"
	"authlab/loadtest/model/simulation"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// modelSection shows what was predicted of a size before it was measured, and what the model says of sizes that were
// not measured. A plan that holds no size out has no such section.
func modelSection(a *analysis.Analysis, j model.Judgement) []page.Section {
	if a.Run.Plan.Scaling == nil || a.Run.Plan.Scaling.HeldOut == 0 {
		return nil
	}
	s := page.Section{ID: "model", Title: "Predicted before it was measured"}
	if len(j.Trials) == 0 {
		s.Text = []string{"Nothing was predicted and measured in this run."}
		return []page.Section{s}
	}
	s.Text = []string{fmt.Sprintf("What a request costs each tier at saturation, learned from the smaller clusters, "+
		"predicts the throughput of those with %d replicas and more, as a share of the control's with as many. The "+
		"predictions were written down, with a checksum, before these sizes were measured.", j.HeldOut)}
	held := page.Table{
		Caption: "Throughput ÷ the control's with as many replicas",
		Head: []string{
			"scheme", "#replicas", "#predicted", "#measured", "#error", "#store used, predicted | measured",
			"predicted to be used up first", "#N*: replicas from which on the store is the bottleneck, predicted", "#measured",
		},
	}
	far := page.Table{
		Caption: "Outlook: machines of one whole core each, the store's included; throughput ÷ one such replica's",
		Head:    []string{"scheme", "#N*", "#10 replicas", "#100", "#1000", "bottleneck"},
	}
	for _, t := range j.Trials {
		bend := page.None
		if t.Bend.Center > 0 {
			bend = crossover(t.Bend)
		}
		held.Add(t.Scheme, fmt.Sprint(j.HeldOut), span(t.Predicted, 2), span(t.Measured, 2), signed(t.Error), used(t.Store),
			t.Bottleneck, crossover(t.Crossover), bend)
		for _, l := range t.Larger {
			held.Add("", fmt.Sprint(l.Replicas), span(l.Predicted, 2), span(l.Measured, 2), signed(l.Error), used(l.Store),
				"", "", "")
		}
		far.Rows = append(far.Rows, outlook(t))
	}
	s.Tables = []page.Table{held, far}
	s.Notes = []string{
		"Predicted by exact mean value analysis of a closed network of queues: the balancer, the replicas and the store, " +
			"with the connections of the load. Intervals are what the intervals of the costs lead to; they do not know how " +
			"wrong the model is. The error does.",
		fmt.Sprintf("Replicas that take turns on one machine take its caches from each other: of N, one in N finds them "+
			"as it left them. In a large crowd a request costs %.0f %% more than in the smallest (from all rows, at the "+
			"largest of the smaller sizes), at N by that times 1 − smallest/N; the outlook, on machines that share nothing, "+
			"leaves it out.",
			100*j.Crowding.Center),
		fmt.Sprintf("An outlook is given only where the error is within ± %.0f %%, and so is the error of the store's "+
			"use. Its replicas' costs are those of cells without budgets, its store's is the cost of a store used up under a "+
			"budget. What a request costs it changes with that budget and with how many wait, so the bottleneck may come "+
			"sooner or "+
			"later. Its balancers are multiplied along with the replicas.", 100*model.Tolerance),
	}
	checks, failed := simulation.Validate(a)
	if far, err := simulation.Outlook(a, j); err == nil && len(far) > 0 {
		s.Tables = append(s.Tables, distant(far, checks))
		s.Notes = append(s.Notes, "A simulated outlook knows queues only: its requests cost what they do at saturation, "+
			"though with less to do each costs more, and no network lies between its machines. "+
			fmt.Sprintf("A time is withheld where the simulation missed the time of the row's measured clusters by more than "+
				"%.0f %% (median over sizes, the table after this one).", 100*model.Tolerance))
	}
	if failed == nil && len(checks) > 0 {
		s.Tables = append(s.Tables, simulated(checks))
		s.Notes = append(s.Notes, "The simulation runs the same costs request by request through budgets that are granted "+
			"in periods; nothing in it was fitted to the times. Times are of saturated clusters: they are spent in queues. It "+
			"freezes a process the moment its budget is gone; Linux notices at the next tick, up to 4 ms of CPU later, and "+
			"then lets the process pay for up to four periods, so that measured p99s are longer.")
	}
	if checks, err := simulation.ValidateCapacity(a); err == nil && len(checks) > 0 {
		s.Tables = append(s.Tables, capacities(checks))
	}
	return []page.Section{s}
}

// distant is what the simulation says of clusters that were not measured.
func distant(all []simulation.Far, checks []simulation.Check) page.Table {
	t := page.Table{
		Caption: fmt.Sprintf("Outlook by simulation: the same machines at %.0f %% of what their bottleneck lets "+
			"through, Poisson "+
			"arrivals", 100*simulation.Load),
		Head: []string{"scheme", "#replicas", "#requests/s", "#p50", "#p99", "#store used"},
	}
	for _, f := range all {
		store := page.None
		if f.Store > 0 {
			store = page.Percent(f.Store)
		}
		p50, p99 := simulation.Met(checks, f.Scheme)
		line := append(page.Cells(f.Scheme, fmt.Sprint(f.Replicas), round(f.Rate)), believed(f.P50, p50),
			believed(f.P99, p99))
		t.Rows = append(t.Rows, page.Row{Cells: append(line, page.Cells(store)...)})
	}
	return t
}

// believed is a time of the simulation, or "withheld" where the simulation missed the measured times.
func believed(d time.Duration, met bool) page.Cell {
	if !met {
		return page.Grey("withheld")
	}
	return page.Cell{Text: page.Duration(d)}
}

// round rounds a figure of an outlook to two digits: more would not be credible.
func round(v float64) string {
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(v))-1))
	return fmt.Sprintf("%.0f", math.Round(v/unit)*unit)
}

// capacities compares every capacity with its simulation.
func capacities(checks []simulation.CapacityCheck) page.Table {
	t := page.Table{
		Caption: "Capacity, simulated and measured: the last rate that held, and the first that did not, requests/s",
		Head:    []string{"scheme", "#replicas", "#simulated", "#measured", "#error"},
	}
	for _, c := range checks {
		measured, off := rate(c.Held)+" – "+rate(c.Failed), page.None
		if c.Failed > 0 {
			off = fmt.Sprintf("%+.0f %%", 100*(math.Sqrt(c.Simulated.Held*c.Simulated.Failed/c.Held/c.Failed)-1))
		}
		t.Add(c.Scheme, fmt.Sprint(c.Replicas), rate(c.Simulated.Held)+" – "+rate(c.Simulated.Failed), measured, off)
	}
	return t
}

// simulated compares every saturated cluster with its simulation.
func simulated(checks []simulation.Check) page.Table {
	t := page.Table{
		Caption: "Saturated clusters, simulated and measured",
		Head: []string{
			"scheme", "#replicas", "#answers/s simulated", "#measured", "#error", "#p50 simulated", "#measured",
			"#error", "#p99 simulated", "#measured", "#error",
		},
	}
	off := func(simulated, measured float64) string {
		if measured <= 0 {
			return page.None
		}
		return fmt.Sprintf("%+.0f %%", 100*(simulated/measured-1))
	}
	for _, c := range checks {
		s := c.Simulated
		t.Add(c.Scheme, fmt.Sprint(c.Replicas), fmt.Sprintf("%.0f", s.Throughput), fmt.Sprintf("%.0f", c.Throughput),
			off(s.Throughput, c.Throughput),
			page.Duration(s.P50), page.Duration(c.P50), off(float64(s.P50), float64(c.P50)), page.Duration(s.P99),
			page.Duration(c.P99), off(float64(s.P99), float64(c.P99)))
	}
	return t
}

// outlook is a line of what is extrapolated beyond this machine, or why it is withheld.
func outlook(t model.Trial) page.Row {
	if t.Withheld != "" {
		return page.Row{Grey: true, Cells: page.Cells(t.Scheme, page.None, "withheld: "+t.Withheld, page.None, page.None,
			page.None)}
	}
	line := []string{t.Scheme, crossover(t.FarCrossover)}
	bottleneck := ""
	for _, o := range t.Far {
		line = append(line, page.Significant(o.Ratio))
		bottleneck = o.Bottleneck
	}
	return page.Row{Cells: page.Cells(append(line, bottleneck)...)}
}

// modelAnswer is what the model adds to the answer: the number of replicas from which on the store is the bottleneck.
func modelAnswer(j model.Judgement) []string {
	var all []string
	for _, t := range j.Trials {
		if math.IsInf(t.Crossover.Center, 1) {
			continue
		}
		if t.Bend.Center > 0 {
			all = append(all, fmt.Sprintf("For %s the model had predicted that at %s replicas, %+.0f %% from what was "+
				"measured.", t.Scheme, crossover(t.Crossover), 100*t.Miss))
			continue
		}
		all = append(all, unreached(t, j.HeldOut))
	}
	return all
}

// unreached is what the model says of a store that was not measured as the bottleneck.
func unreached(t model.Trial, heldOut int) string {
	sentence := fmt.Sprintf("With %s the store becomes the bottleneck at %s replicas under these budgets", t.Scheme,
		crossover(t.Crossover))
	if t.Withheld == "" {
		sentence += fmt.Sprintf(", and at %s where replicas and store have a core each", crossover(t.FarCrossover))
	}
	sentence += fmt.Sprintf(", says a model that was %s off in the share of the control's throughput at a size it had "+
		"not seen", page.Percent(math.Abs(t.Error.Center)))
	if t.Store.Measured > 0 {
		sentence += fmt.Sprintf(", where it expected the store to use %s of its budget and the store used %s",
			page.Percent(t.Store.Predicted), page.Percent(t.Store.Measured))
	}
	switch {
	case t.Store.Missed() && t.Store.Measured > t.Store.Predicted:
		sentence += ", so that the bottleneck is nearer than that"
	case t.Store.Missed():
		sentence += ", so that the bottleneck is further away than that"
	}
	if t.Crossover.Center > float64(judged(t, heldOut)) {
		sentence += "; no cluster beyond that was measured"
	}
	return sentence + "."
}

// judged is the largest size that was predicted and measured.
func judged(t model.Trial, heldOut int) int {
	for _, l := range t.Larger {
		heldOut = max(heldOut, l.Replicas)
	}
	return heldOut
}

// used is a share of the store's budget, predicted and measured.
func used(u model.Used) string {
	if u.Measured == 0 {
		return page.None
	}
	return page.Percent(u.Predicted) + " | " + page.Percent(u.Measured)
}

func span(i stats.Interval, digits int) string {
	if i.Low == i.High {
		return fmt.Sprintf("%.*f", digits, i.Center)
	}
	return fmt.Sprintf("%.*f [%.*f %.*f]", digits, i.Center, digits, i.Low, digits, i.High)
}

func crossover(i stats.Interval) string {
	if math.IsInf(i.Center, 1) {
		return "never"
	}
	return span(i, 1)
}

func signed(i stats.Interval) string {
	if i.Low == i.High {
		return fmt.Sprintf("%+.0f %%", 100*i.Center)
	}
	return fmt.Sprintf("%+.0f %% [%+.0f %+.0f]", 100*i.Center, 100*i.Low, 100*i.High)
}
