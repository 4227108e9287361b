package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

func summarySection(a *analysis.Analysis) section {
	s := section{ID: "summary", Title: "In one table", Tables: []table{summary(a)}}
	s.Notes = append(s.Notes, "Intervals are 95 %. Rows are grouped by when an ended login stops working everywhere: compare within a group, "+
		"since a token that cannot be revoked and a session that can are two products. A difference that the data does not resolve prints ~.")
	if a.Noisy != "" {
		s.Notes = append(s.Notes, "NOISY: "+a.Noisy+".")
	}
	return s
}

// summary is the main table.
func summary(a *analysis.Analysis) table {
	smallest, largest := sizes(a)
	t := table{Head: []string{"scheme", "an ended login stops working", "#CPU of a request ÷ control", "#against control"}}
	if largest > 0 {
		t.Head = append(t.Head, fmt.Sprintf("#answers/s, %d replica", smallest))
		if largest > smallest {
			t.Head = append(t.Head, fmt.Sprintf("#answers/s, %d replicas", largest), fmt.Sprintf("#× (%d → %d)", smallest, largest), "used up first")
		}
	}
	for _, scheme := range byGuarantee(a.Run.Plan.Arms()) {
		cells := []string{scheme.Name, string(scheme.Guarantee)}
		cost := costOf(a, scheme.Name)
		cells = append(cells, best(cost), against(cost))
		if largest > 0 {
			one, most := throughputOf(a, scheme.Name, smallest), throughputOf(a, scheme.Name, largest)
			cells = append(cells, rate(one.X))
			if largest > smallest {
				first := most.First
				if first == "" {
					first = none
				}
				cells = append(cells, rate(most.X), ratio(most.Speedup), first)
			}
		}
		t.add(cells...)
	}
	return t
}

// best is the ratio over restarts where there is one, else the one within a start.
func best(c analysis.Cost) string {
	if c.Ratio.Why == "" {
		return ratio(c.Ratio)
	}
	if !c.Within.Known() {
		return none
	}
	return ratio(c.Within) + " within one start"
}

func against(c analysis.Cost) string {
	if c.Scheme.Name == plan.Control || !c.Within.Known() {
		return none
	}
	return difference(c.Ratio, c.Resolved)
}

func scalingSection(a *analysis.Analysis) section {
	s := section{ID: "scaling", Title: "Throughput against replicas"}
	if len(a.Scaling) == 0 {
		s.Text = []string{"Not measured in this run."}
		return s
	}
	s.Charts = []chart{scalingChart(a)}
	t := table{
		Caption: "Correct answers a second at saturation, through the balancer",
		Head:    []string{"scheme", "#replicas", "#answers/s", "#÷ control, same round", "#÷ own smallest size, same round", "#401"},
	}
	for _, x := range a.Scaling {
		t.add(x.Scheme.Name, fmt.Sprint(x.Replicas), rate(x.X), ratio(x.Control), ratio(x.Speedup), percent(x.Lost))
	}
	s.Tables = []table{t}
	s.Text = []string{fmt.Sprintf("A machine here is a CPU budget of %.2f core, granted in periods of %v, for each replica and for the store; the balancer "+
		"and the load generator use what is left. It is a scale model: read the shape and the ratios, not the absolute figures.",
		a.Scaling[0].Budget, plan.Period)}
	for _, scheme := range a.Run.Plan.Arms() {
		if scheme.LosesLogins {
			s.Notes = append(s.Notes, scheme.Name+" is expected to answer 401 to a share of 1 − 1/N of its requests; only correct answers count as throughput.")
		}
	}
	return s
}

func costSection(a *analysis.Analysis) section {
	s := section{ID: "cost", Title: "Cost of a request, by tier"}
	if len(a.Demand) == 0 {
		s.Text = []string{"Not measured in this run."}
		return s
	}
	s.Text = []string{"One replica, saturated and alone on its core, everything else on another, no budget. The ratio to the control is paired within a round; " +
		"the control against itself (control-again) is the noise floor of every other ratio: " + ratio(a.Floor) + "."}
	if a.Noisy != "" {
		s.Text = append(s.Text, "NOISY: "+a.Noisy+".")
	}
	s.Charts = []chart{costChart(a)}
	t := table{
		Caption: "A replica's CPU time for GET /v1/me",
		Head: []string{
			"scheme", "#µs", "#÷ control, over starts", "#÷ control, within one start", "#added µs", "#switches", "#bytes in", "#bytes out", "against control",
		},
	}
	for _, c := range a.Demand {
		if c.As != "" {
			t.add(c.Scheme.Name, "as "+c.As, none, none, none, none, none, none, none)
			continue
		}
		added := micros(c.Added)
		if c.Scheme.Name == plan.Control {
			added = none
		}
		t.Rows = append(t.Rows, row{Grey: !c.Within.Known(), Cells: []string{
			c.Scheme.Name, micros(c.CPU), overStarts(c.Ratio), ratio(c.Within), added, fmt.Sprintf("%.2f", c.Switches),
			bytesOf(c.BytesIn), bytesOf(c.BytesOut), against(c),
		}})
	}
	s.Tables = []table{t, tierTable(a)}
	s.Notes = append(s.Notes, "Switches are context switches per request; bytes are on the wire, headers included, as the client sees them.")
	if len(a.Tiers) == 0 {
		s.Tables = s.Tables[:1]
		return s
	}
	s.Notes = append(s.Notes, "The store and the balancer are too fast for one replica to saturate; a budget on them alone does it. A smaller budget makes each request "+
		"dearer, so these figures are never added to a replica's.")
	return s
}

// overStarts prints a ratio whose samples are restarts, or why there is none.
func overStarts(e analysis.Estimate) string {
	if e.Why != "" {
		return none + " (" + e.Why + ")"
	}
	return ratio(e)
}

func tierTable(a *analysis.Analysis) table {
	t := table{Caption: "The shared parts' CPU time for a request", Head: []string{"part", "requests of", "#budget, cores", "#µs"}}
	for _, c := range a.Tiers {
		t.add(c.Tier, c.Arm, fmt.Sprintf("%.2f", c.Budget), micros(c.CPU))
	}
	return t
}

func latencySection(a *analysis.Analysis) section {
	s := section{ID: "latency", Title: "Latency"}
	if len(a.Latency) == 0 {
		s.Text = []string{"Not measured in this run: plans with latency cells are bench and reference."}
		if a.Run.Plan.Latency != nil {
			s.Text = []string{"Not measured in this run: it ended before."}
		}
		return s
	}
	s.Text = []string{fmt.Sprintf("Open loop, %s arrivals, %d replicas without budgets, through the balancer. Latency counts from when a request was due; the figure from when it "+
		"was sent stands beside it, and hides what a frozen server does to those who wait.", a.Run.Plan.Latency.Arrivals, a.Run.Plan.Latency.Replicas)}
	t := table{
		Caption: "Latency of GET /v1/me",
		Head: []string{
			"scheme", "#requests/s", "#samples", "#p50 from due", "#p90", "#p99", "#p99.9", "#p50 from sent", "#p99", "#generator late, p99", "#failed",
		},
	}
	for _, l := range a.Latency {
		due := []string{duration(l.Due.P50), duration(l.Due.P90), duration(l.Due.P99), duration(l.Due.P999)}
		if l.Withheld != "" {
			due = []string{"withheld", "withheld", "withheld", "withheld"}
		}
		cells := append([]string{l.Scheme.Name, fmt.Sprintf("%g", l.Rate), fmt.Sprint(l.Samples)}, due...)
		cells = append(cells, duration(l.Sent.P50), duration(l.Sent.P99), duration(l.LagP99), fmt.Sprintf("%.2f %%", 100*l.Errors))
		t.Rows = append(t.Rows, row{Cells: cells})
	}
	s.Tables = []table{t}
	s.Notes = []string{"p99 is printed with 10,000 samples or more, p99.9 with 100,000. Figures from the due time are withheld where the generator itself was late (p99) by more " +
		"than a tenth of the median latency: they would be the generator's, not the server's."}
	return s
}

func saturationSection(a *analysis.Analysis) section {
	s := section{ID: "saturation", Title: "Who was used up first"}
	if len(a.Scaling) == 0 {
		s.Text = []string{"Not measured in this run."}
		return s
	}
	t := table{
		Caption: "Share of its budget (of a core, for the balancer and the generator) that each tier used",
		Head: []string{
			"scheme", "#replicas", "#replicas used", "#busiest replica", "#store", "#balancer", "#generator", "used up first",
			"#µs a request: replica", "#store", "#balancer", "#generator",
		},
	}
	share := func(x analysis.Throughput, tier string) string {
		if v, ok := x.Busy[tier]; ok {
			return percent(v)
		}
		return none
	}
	cost := func(x analysis.Throughput, tier string) string {
		if v, ok := x.Cost[tier]; ok {
			return significant(v)
		}
		return none
	}
	for _, x := range a.Scaling {
		first := x.First
		if first == "" {
			first = "none"
		}
		t.add(x.Scheme.Name, fmt.Sprint(x.Replicas), share(x, "replica"), percent(x.Busiest), share(x, "store"), share(x, "balancer"),
			share(x, "generator"), first, cost(x, "replica"), cost(x, "store"), cost(x, "balancer"), cost(x, "generator"))
	}
	s.Tables = []table{t}
	s.Notes = []string{"CPU per request under a budget is not the cost of a scheme: a budget makes a request dearer, the more so the less it is used. Costs are in the section above."}
	return s
}

func rowsSection(a *analysis.Analysis) section {
	t := table{Head: []string{"scheme", "the login lives in", "an ended login stops working", "what to know"}}
	for _, scheme := range byGuarantee(a.Run.Plan.Arms()) {
		t.add(scheme.Name, scheme.State, string(scheme.Guarantee), strings.Join(scheme.Caveats, "; "))
	}
	return section{ID: "rows", Title: "What was compared", Tables: []table{t}}
}

func missingSection(a *analysis.Analysis) section {
	s := section{ID: "missing", Title: "What was not measured, and why"}
	skipped := table{Caption: "Skipped", Head: []string{"what", "why", "what would provide it"}}
	for _, e := range a.Run.Events {
		if e.Kind == measure.Finished {
			continue
		}
		what := e.Arm
		if what == "" {
			what = string(e.Kind)
		}
		provide := e.Provide
		if provide == "" {
			provide = none
		}
		skipped.add(what, e.Sentence, provide)
	}
	if len(skipped.Rows) > 0 {
		s.Tables = append(s.Tables, skipped)
	}
	invalid := table{Caption: "Slices that do not count", Head: []string{"cell", "#slices", "reason", "the first of them"}}
	for _, i := range a.Invalid {
		invalid.Rows = append(invalid.Rows, row{Grey: true, Cells: []string{i.Cell, fmt.Sprintf("%d of %d", i.Slices, i.Of), string(i.Reason), i.Sentence}})
	}
	if len(invalid.Rows) > 0 {
		s.Tables = append(s.Tables, invalid)
	}
	if len(s.Tables) == 0 {
		s.Text = []string{"Nothing was skipped, and every slice counts."}
	}
	return s
}

func methodSection(a *analysis.Analysis) section {
	p := a.Run.Plan
	text := []string{fmt.Sprintf("All rows stand side by side, and load visits each once a round in short slices, in an order shuffled anew each round from seed %d. A figure is the "+
		"median over rounds; a comparison is the median of the ratio to the control of the same round, with its order-statistic interval. %d distinct users were signed in "+
		"before, and every answer was checked for status, user and replica.", p.Seed, p.Users)}
	text = append(text, "The load users' passwords are 256-bit HMACs of their names under a key made for this run, stored under a fast hash that is accepted only for accounts marked as "+
		"load users; every other account's password is hashed with argon2id, so no real account is weakened.")
	return section{ID: "method", Title: "How it was measured", Text: text}
}

func environmentSection(a *analysis.Analysis) section {
	e := a.Run.Environment
	t := table{Head: []string{"what", "value"}}
	t.add("machine", fmt.Sprintf("%s, %d cores used", e.CPU, e.Cores))
	t.add("system", e.OS+", "+e.Kernel)
	t.add("frequency governor", e.Governor)
	t.add("load before the start", e.Load)
	t.add("Go", e.Go)
	for _, part := range e.Parts {
		kind := "real"
		if part.Embedded {
			kind = "embedded"
		}
		t.add(part.Role, fmt.Sprintf("%s %s (%s)", part.Name, part.Version, kind))
	}
	budgets := e.Budgets
	if e.Why != "" {
		budgets += ": " + e.Why
	}
	t.add("CPU budgets", budgets)
	commit := e.Commit
	if e.Dirty {
		commit += ", with changes that are not committed"
	}
	t.add("commit", commit)
	t.add("started", e.Started.Format("2006-01-02 15:04:05 MST"))
	return section{ID: "environment", Title: "Environment", Tables: []table{t}, Notes: []string{"Rows measured on different parts or machines are never compared."}}
}

func repeatSection(a *analysis.Analysis) section {
	return section{ID: "repeat", Title: "How to repeat it", Text: []string{
		"git checkout " + a.Run.Environment.Commit + " && make bench PLAN=" + a.Run.Plan.Name,
		"The command was: " + strings.Join(a.Run.Environment.Command, " "),
		"This report again from the raw files, offline: bin/authlab report results/runs/" + a.Run.ID,
	}}
}

func sizes(a *analysis.Analysis) (smallest, largest int) {
	for _, t := range a.Scaling {
		if smallest == 0 || t.Replicas < smallest {
			smallest = t.Replicas
		}
		largest = max(largest, t.Replicas)
	}
	return smallest, largest
}

func costOf(a *analysis.Analysis, name string) analysis.Cost {
	for _, c := range a.Demand {
		if c.Scheme.Name == name {
			return c
		}
	}
	return analysis.Cost{Ratio: analysis.Estimate{Why: "not measured"}}
}

func throughputOf(a *analysis.Analysis, name string, replicas int) analysis.Throughput {
	for _, t := range a.Scaling {
		if t.Scheme.Name == name && t.Replicas == replicas {
			return t
		}
	}
	return analysis.Throughput{}
}

// byGuarantee groups rows by what they promise, the groups in the order in which they first appear.
func byGuarantee(schemes []plan.Scheme) []plan.Scheme {
	var out []plan.Scheme
	seen := map[plan.Guarantee]bool{}
	for _, s := range schemes {
		if seen[s.Guarantee] {
			continue
		}
		seen[s.Guarantee] = true
		for _, t := range schemes {
			if t.Guarantee == s.Guarantee {
				out = append(out, t)
			}
		}
	}
	return out
}
