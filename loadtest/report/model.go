package report

import (
	"fmt"
	"math"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
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
	s := page.Section{ID: "model", Title: message.New("prediction.title")}
	if len(j.Trials) == 0 {
		s.Text = []message.Message{message.New("prediction.nothing")}
		return []page.Section{s}
	}
	s.Text = []message.Message{message.New("prediction.text", "replicas", j.HeldOut)}
	held := page.Table{
		Caption: message.New("prediction.caption"),
		Head: page.Head("head.scheme", "#head.replicas", "#prediction.predicted", "#prediction.measured",
			"#prediction.error", "#prediction.store", "prediction.first", "#prediction.crossover", "#prediction.measured"),
	}
	far := page.Table{
		Caption: message.New("prediction.caption-outlook"),
		Head: page.Head("head.scheme", "#prediction.nstar", "#prediction.ten", "#prediction.hundred",
			"#prediction.thousand", "prediction.bottleneck"),
	}
	for _, t := range j.Trials {
		bend := message.Text(page.None)
		if t.Bend.Center > 0 {
			bend = crossover(t.Bend)
		}
		held.Add(t.Scheme, j.HeldOut, span(t.Predicted, 2), span(t.Measured, 2), signed(t.Error), used(t.Store),
			message.Tier(t.Bottleneck), crossover(t.Crossover), bend)
		for _, l := range t.Larger {
			held.Add("", l.Replicas, span(l.Predicted, 2), span(l.Measured, 2), signed(l.Error), used(l.Store),
				"", "", "")
		}
		far.Rows = append(far.Rows, outlook(t))
	}
	s.Tables = []page.Table{held, far}
	s.Notes = []message.Message{
		message.New("prediction.note-network"), message.New("prediction.note-crowding", "crowding", j.Crowding.Center),
		message.New("prediction.note-outlook", "tolerance", model.Tolerance),
	}
	checks, failed := simulation.Validate(a)
	if far, err := simulation.Outlook(a, j); err == nil && len(far) > 0 {
		s.Tables = append(s.Tables, distant(far, checks))
		s.Notes = append(s.Notes, message.New("prediction.note-distant", "tolerance", model.Tolerance))
	}
	if failed == nil && len(checks) > 0 {
		s.Tables = append(s.Tables, simulated(checks))
		s.Notes = append(s.Notes, message.New("prediction.note-simulation"))
	}
	if checks, err := simulation.ValidateCapacity(a); err == nil && len(checks) > 0 {
		s.Tables = append(s.Tables, capacities(checks))
	}
	return []page.Section{s}
}

// distant is what the simulation says of clusters that were not measured.
func distant(all []simulation.Far, checks []simulation.Check) page.Table {
	t := page.Table{
		Caption: message.New("prediction.caption-distant", "load", simulation.Load),
		Head: page.Head("head.scheme", "#head.replicas", "#head.rate", "#head.p50", "#head.p99",
			"#prediction.store-used"),
	}
	for _, f := range all {
		store := page.None
		if f.Store > 0 {
			store = page.Percent(f.Store)
		}
		p50, p99 := simulation.Met(checks, f.Scheme)
		t.Add(f.Scheme, f.Replicas, round(f.Rate), believed(f.P50, p50), believed(f.P99, p99), store)
	}
	return t
}

// believed is a time of the simulation, or "not usable" where the simulation missed the measured times.
func believed(d time.Duration, met bool) page.Cell {
	if !met {
		return page.Grey(message.New("prediction.unusable"))
	}
	return page.Plain(page.Duration(d))
}

// round rounds a figure of an outlook to two digits: more would not be credible.
func round(v float64) string {
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(v))-1))
	return fmt.Sprintf("%.0f", math.Round(v/unit)*unit)
}

// capacities compares every capacity with its simulation.
func capacities(checks []simulation.CapacityCheck) page.Table {
	t := page.Table{
		Caption: message.New("prediction.caption-capacity"),
		Head: page.Head("head.scheme", "#head.replicas", "#prediction.simulated", "#prediction.measured",
			"#prediction.error"),
	}
	for _, c := range checks {
		measured, off := rate(c.Held)+" – "+rate(c.Failed), page.None
		if c.Failed > 0 {
			off = fmt.Sprintf("%+.0f %%", 100*(math.Sqrt(c.Simulated.Held*c.Simulated.Failed/c.Held/c.Failed)-1))
		}
		t.Add(c.Scheme, c.Replicas, rate(c.Simulated.Held)+" – "+rate(c.Simulated.Failed), measured, off)
	}
	return t
}

// simulated compares every saturated cluster with its simulation.
func simulated(checks []simulation.Check) page.Table {
	t := page.Table{
		Caption: message.New("prediction.caption-simulated"),
		Head: page.Head("head.scheme", "#head.replicas", "#prediction.answers", "#prediction.measured",
			"#prediction.error", "#prediction.p50", "#prediction.measured", "#prediction.error", "#prediction.p99",
			"#prediction.measured", "#prediction.error"),
	}
	off := func(simulated, measured float64) string {
		if measured <= 0 {
			return page.None
		}
		return fmt.Sprintf("%+.0f %%", 100*(simulated/measured-1))
	}
	for _, c := range checks {
		s := c.Simulated
		p50, p99 := simulation.Met(checks, c.Scheme)
		t.Add(c.Scheme, c.Replicas, fmt.Sprintf("%.0f", s.Throughput), fmt.Sprintf("%.0f", c.Throughput),
			off(s.Throughput, c.Throughput),
			page.Duration(s.P50), page.Duration(c.P50), met(p50, off(float64(s.P50), float64(c.P50))),
			page.Duration(s.P99), page.Duration(c.P99), met(p99, off(float64(s.P99), float64(c.P99))))
	}
	return t
}

// met is the error of a time of the simulation, or "not usable" for a scheme whose times are not used: its error is the
// simulation's, and looks like the measurement's.
func met(used bool, off string) page.Cell {
	if !used {
		return page.Grey(message.New("prediction.unusable"))
	}
	return page.Plain(off)
}

// outlook is a line of what is extrapolated beyond this machine, or why it is withheld.
func outlook(t model.Trial) page.Row {
	if !t.Withheld.IsZero() {
		why := message.New("prediction.withheld", "why", t.Withheld)
		return page.Row{Grey: true, Cells: page.Cells(t.Scheme, page.None, why, page.None, page.None, page.None)}
	}
	line := page.Cells(t.Scheme, crossover(t.FarCrossover))
	bottleneck := ""
	for _, o := range t.Far {
		line = append(line, page.Plain(page.Significant(o.Ratio)))
		bottleneck = o.Bottleneck
	}
	return page.Row{Cells: append(line, page.Plain(message.Tier(bottleneck)))}
}

// modelAnswer is what the model adds to the answer: the number of replicas from which on the store is the bottleneck.
func modelAnswer(j model.Judgement) (all []message.Message) {
	for _, t := range j.Trials {
		if math.IsInf(t.Crossover.Center, 1) {
			continue
		}
		if t.Bend.Center > 0 {
			all = append(all, message.New("answer.crossover-missed",
				"scheme", t.Scheme, "at", crossover(t.Crossover), "miss", fmt.Sprintf("%+.0f %%", 100*t.Miss)))
			continue
		}
		all = append(all, unreached(t, j.HeldOut))
	}
	return all
}

// unreached is what the model says of a store that was not measured as the bottleneck.
func unreached(t model.Trial, heldOut int) message.Message {
	var far, store, missed, beyond message.Message
	if t.Withheld.IsZero() {
		far = message.New("answer.crossover-far", "at", crossover(t.FarCrossover))
	}
	if t.Store.Measured > 0 {
		store = message.New("answer.crossover-store",
			"predicted", page.Percent(t.Store.Predicted), "measured", page.Percent(t.Store.Measured))
	}
	switch {
	case t.Store.Missed() && t.Store.Measured > t.Store.Predicted:
		return message.New("answer.crossover-untold", "scheme", t.Scheme, "predicted", page.Percent(t.Store.Predicted),
			"measured", page.Percent(t.Store.Measured)) // a figure that the evidence takes back is none
	case t.Store.Missed():
		missed = message.New("answer.crossover-further")
	}
	if t.Crossover.Center > float64(judged(t, heldOut)) {
		beyond = message.New("answer.crossover-beyond")
	}
	return message.New("answer.crossover", "scheme", t.Scheme, "at", crossover(t.Crossover), "far", far,
		"off", page.Percent(math.Abs(t.Error.Center)), "store", store, "missed", missed, "beyond", beyond)
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

func crossover(i stats.Interval) message.Message {
	if math.IsInf(i.Center, 1) {
		return message.New("prediction.never")
	}
	return message.Text(span(i, 1))
}

func signed(i stats.Interval) string {
	if i.Low == i.High {
		return fmt.Sprintf("%+.0f %%", 100*i.Center)
	}
	return fmt.Sprintf("%+.0f %% [%+.0f %+.0f]", 100*i.Center, 100*i.Low, 100*i.High)
}
