package report

import (
	"fmt"
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/page"
)

// targetSections are what is known of a deployment that the lab did not start, and what is not known.
func targetSections(a *analysis.Analysis) []page.Section {
	s := page.Section{ID: "target", Title: "What the target did"}
	if len(a.Target) == 0 {
		s.Text = []string{"The target was asked, but no slice counts, or none was measured before the run ended."}
	} else {
		s.Text = []string{"Closed loop: each connection sends its next request when the last was answered. Open loop: " +
			"requests arrive at a fixed mean rate, as users' do; from when one was due counts what it waited for others too. " +
			"CPU time is what the target tells, of all replicas together."}
		s.Tables = []page.Table{targetTable(a), targetReplicaTable(a)}
		s.Notes = targetNotes(a)
	}
	u := page.Section{ID: "unknown", Title: "What cannot be known of this target", Text: unknown(a)}
	return []page.Section{s, u}
}

// targetTable has a line for each load.
func targetTable(a *analysis.Analysis) page.Table {
	t := page.Table{Caption: "GET /v1/me, by load", Head: []string{
		"load", "#answers/s", "#÷ fewest connections", "#p50 from sent", "#p90", "#p99", "#p50 from due", "#p99",
		"#replicas, µs", "#store, µs", "#store operations", "#replicas, cores", "#store, cores", "#generator, cores",
		"#failed",
	}}
	for _, x := range a.Target {
		growth := page.None
		switch x.Connections {
		case 0:
		case a.Target[0].Connections:
			growth = "1"
		default:
			growth = page.Ratio(x.Growth)
		}
		sent, due := x.Latency.Sent, x.Latency.Due
		line := page.Cells(loadOf(x), page.Interval(x.X, page.Significant), growth, page.Duration(sent.P50),
			page.Duration(sent.P90), page.Duration(sent.P99), page.Duration(due.P50), page.Duration(due.P99))
		line = append(line, page.Cells(page.Interval(x.Replica, page.Significant),
			page.Interval(x.Store, page.Significant))...)
		operations := page.None
		if x.Store.Known() {
			operations = fmt.Sprintf("%.2f", x.StoreOps)
		}
		line = append(line, page.Cells(operations, coresOf(x, "replica"), coresOf(x, "store"), coresOf(x, "generator"),
			fmt.Sprintf("%.2f %%", 100*x.Latency.Errors))...)
		t.Rows = append(t.Rows, page.Row{Cells: line})
	}
	return t
}

func loadOf(x analysis.Target) string {
	if x.Connections > 0 {
		return fmt.Sprintf("closed loop, %s", page.Quantity(x.Connections, "connection", "connections"))
	}
	return fmt.Sprintf("open loop, %g/s", x.Latency.Rate)
}

func coresOf(x analysis.Target, tier string) string {
	if taken, ok := x.Cores[tier]; ok {
		return fmt.Sprintf("%.2f", taken)
	}
	return page.None
}

func targetReplicaTable(a *analysis.Analysis) page.Table {
	t := page.Table{Caption: "Its replicas", Head: []string{
		"X-Replica", "#share of the answers", "#µs for a request, closed loop",
	}}
	for _, r := range a.TargetReplicas {
		name := r.Name
		if name == "" {
			name = "(no name)"
		}
		t.Add(name, page.Percent(r.Share), page.Interval(r.CPU, page.Significant))
	}
	return t
}

func targetNotes(a *analysis.Analysis) []string {
	notes := []string{
		"Intervals [low high] are 95 %; a figure without one has fewer than 6 samples. p99 needs 10,000 samples. In closed " +
			"loop latency is how long requests queued, not how fast the service is.",
		"CPU time for a request falls with the load: with little to do a server is woken for each. So it is a figure of " +
			"this load, and not the cost that the lab measures of servers of its own.",
	}
	for _, x := range a.Target {
		if !x.Limit.IsZero() {
			notes = append(notes, fmt.Sprintf("%s: %s, so that more may be possible.", loadOf(x), x.Limit))
		}
		if x.Answering < len(a.TargetReplicas) {
			notes = append(notes, fmt.Sprintf("%s: in some slices only %d of %d replicas answered; the balancer chooses by "+
				"connection, or did not think the others fit.", loadOf(x), x.Answering, len(a.TargetReplicas)))
		}
		if x.Others > othersShare {
			notes = append(notes, fmt.Sprintf("%s: %s of the requests that the replicas counted were not this run's, and the "+
				"CPU time above is for all of them.", loadOf(x), page.Percent(x.Others)))
		}
		if !x.Latency.Withheld.IsZero() && x.Connections == 0 {
			notes = append(notes, fmt.Sprintf("%s: latencies from due below %s are withheld: %s.", loadOf(x),
				page.Duration(x.Latency.Least), x.Latency.Withheld))
		}
		if !x.Latency.Hidden.IsZero() {
			notes = append(notes, fmt.Sprintf("%s: %s.", loadOf(x), x.Latency.Hidden))
		}
	}
	return notes
}

// othersShare is the share of other clients' requests from which it is worth a sentence: health checks ask other pages.
const othersShare = 0.01

// stood says in a sentence the most that the target did.
func stood(a *analysis.Analysis) []string {
	var most analysis.Target
	for _, x := range a.Target {
		if x.Connections > 0 && x.X.Center > most.X.Center {
			most = x
		}
	}
	switch {
	case a.Run.Plan.Target == nil || a.Run.Environment.Target == nil:
		return nil
	case most.Connections == 0:
		return []string{"What the target can answer is not known: no slice in closed loop counts."}
	}
	text := fmt.Sprintf("%s (%s) answered %s requests/s over %d connections", a.Run.Environment.Target.URL,
		most.Latency.Name, page.Interval(most.X, page.Significant), most.Connections)
	if most.Replica.Known() {
		text += fmt.Sprintf("; a request took its %s %s µs of CPU time",
			page.Replicas(len(a.Run.Environment.Target.Replicas)), page.Interval(most.Replica, page.Significant))
		if most.Store.Known() {
			text += fmt.Sprintf(" and the store %s µs", page.Interval(most.Store, page.Significant))
		}
	}
	if !most.Limit.IsZero() {
		text += "; " + most.Limit.String() + ", so that more may be possible"
	}
	return []string{text + "."}
}

// unknown says what the lab cannot know of the target.
func unknown(a *analysis.Analysis) []string {
	var all []string
	if t := a.Run.Environment.Target; t != nil {
		all = slices.Clone(t.Unknown)
	}
	all = append(all, "Which CPU budgets and cores the target has, what else its machines do, what its balancer costs, "+
		"and what the network between takes.")
	return append(all, "What of a request's cost is its scheme's: there is no server without authentication "+
		"beside it. No figure here is compared with another target's.")
}

// merged says how many generators' runs a report combines.
func merged(a *analysis.Analysis) string {
	t := a.Run.Environment.Target
	if t == nil || len(t.Runs) == 0 {
		return ""
	}
	return fmt.Sprintf(" Here %d generators did so at the same time: answers, connections and rates are their sums, "+
		"histograms are added, and CPU time is the mean of what each of them read. Their slices began within a twentieth of "+
		"each other.", len(t.Runs))
}

func targetMethod(a *analysis.Analysis) page.Section {
	p := a.Run.Plan
	probed := "Afterwards a login was ended, or a copy of one tampered with, and the target had to refuse it."
	if len(a.Run.Probes) == 0 {
		probed = "Whether the target refuses a login that was ended was not probed."
	}
	return page.Section{ID: "method", Title: "How it is measured", Text: []string{
		fmt.Sprintf("The servers were there before, and nothing of them was started, limited or stopped. Load visits them "+
			"in slices of %v, the closed loops in an order shuffled anew each round from seed %d, never beyond the ceiling. A "+
			"figure is the median over slices, with its order-statistic interval. Users were signed in through the API, and "+
			"every answer is checked for status, user and replica. ", p.Target.Slice, p.Seed) + probed + merged(a),
	}}
}
