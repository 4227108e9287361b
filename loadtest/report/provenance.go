package report

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/measure"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// absent says why nothing of a kind of cell can be printed, without the full stop.
func absent(a *analysis.Analysis, kind plan.Kind, planned bool) string {
	what := map[plan.Kind]string{
		plan.DemandCell: "What a request costs", plan.ScalingCell: "How throughput grows with replicas",
		plan.LatencyCell: "Latency", plan.CapacityCell: "Capacity",
		plan.LadderCell: "What a request costs under less load",
	}[kind]
	tried := slices.ContainsFunc(a.Run.Measurements, func(m measure.Measurement) bool { return m.Kind == kind })
	budgeted := kind == plan.ScalingCell || kind == plan.CapacityCell
	misfit := slices.ContainsFunc(a.Run.Events, func(e record.Event) bool { return e.Kind == record.DoesNotFit })
	switch {
	case !planned:
		return what + " is not a question of this plan"
	case tried:
		return what + " was asked, but too few of its slices count"
	case budgeted && a.Run.Environment.Budgets == "none":
		return what + " cannot be measured here, because it needs CPU budgets and there are none"
	case !a.Partial.IsZero():
		return what + " was not measured before the run ended"
	case budgeted && misfit:
		return what + " was not measured, because no size fits this machine"
	default:
		return what + " was not measured"
	}
}

func rowsSection(a *analysis.Analysis) page.Section {
	t := page.Table{Head: []string{"scheme", "the login lives in", "what to know"}}
	t.Grouped(a.Run.Plan.NamedSchemes(), func(scheme plan.Scheme) []page.Row {
		return []page.Row{{Cells: page.Cells(scheme.Name, scheme.State, strings.Join(scheme.Caveats, "; "))}}
	})
	return page.Section{ID: "rows", Title: "What was compared", Tables: []page.Table{t}}
}

// failures are the answers that were not correct, by code and over time.
func failures(a *analysis.Analysis) page.Table {
	t := page.Table{
		Caption: "Requests that were not answered correctly, by code",
		Head:    []string{"cell", "what they got", "#requests", "#of", "#slices", "#first after", "#last after"},
	}
	for _, f := range a.Failures {
		t.Add(f.Cell.String(), string(f.Verdict), fmt.Sprint(f.Requests), fmt.Sprint(f.Of), fmt.Sprint(f.Slices),
			fmt.Sprintf("%.0f s", f.First.Seconds()), fmt.Sprintf("%.0f s", f.Last.Seconds()))
	}
	return t
}

func missingSection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "missing", Title: "What was not measured, and why"}
	skipped := page.Table{Caption: "Skipped", Head: []string{"what", "why", "what would provide it"}}
	for _, e := range a.Run.Events {
		if e.Kind != record.Finished && e.Kind != record.Started && e.Kind != record.Predicted {
			skipped.Add(cmp.Or(e.About, kinds[e.Kind], string(e.Kind)), e.Text(), cmp.Or(e.Hint(), page.None))
		}
	}
	invalid := page.Table{Caption: "Slices that do not count: no figure is made from them", Head: []string{
		"cell", "#slices", "reason", "the first of them",
	}}
	for _, i := range a.Invalid {
		invalid.Rows = append(invalid.Rows, page.Row{
			Grey:  true,
			Cells: page.Cells(i.Cell.String(), fmt.Sprintf("%d of %d", i.Slices, i.Of), string(i.Reason), i.Sentence.String()),
		})
	}
	for _, t := range []page.Table{skipped, invalid, failures(a)} {
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	switch {
	case !sliced(a.Run.Plan) && !a.Partial.IsZero():
		s.Text = []string{fmt.Sprintf("The run did not come to its end: %s.", a.Partial)}
	case !sliced(a.Run.Plan) && len(skipped.Rows) == 0:
		s.Text = []string{"Nothing was skipped."}
	case !sliced(a.Run.Plan):
	case len(a.Run.Measurements) == 0:
		s.Text = []string{"Nothing was measured."}
	case !a.Partial.IsZero():
		s.Text = []string{fmt.Sprintf("The run ended after %d slices: %s.", len(a.Run.Measurements), a.Partial)}
	case len(skipped.Rows)+len(invalid.Rows) == 0:
		s.Text = []string{fmt.Sprintf("Nothing was skipped, and every one of %d slices counts.", len(a.Run.Measurements))}
	}
	return s
}

// kinds names events that are about the complete run.
var kinds = map[record.EventKind]string{
	record.Skipped: "the run", record.DoesNotFit: "a size", record.Interrupted: "the rest of the run",
	record.Failed: "the rest of the run",
}

func methodSection(a *analysis.Analysis) page.Section {
	p := a.Run.Plan
	s := page.Section{ID: "method", Title: "How it is measured"}
	if sliced(p) {
		s.Text = append(s.Text, fmt.Sprintf("All schemes stand side by side, and load visits each once a round in short "+
			"slices, in an order shuffled anew each round from seed %d. A figure is the median over rounds. A comparison is "+
			"of ratios to the control of the same round: for costs each launch gives the median of its rounds, for clusters "+
			"each round is a sample. The geometric mean of the samples has Student's interval on their logarithms. %d distinct "+
			"users are signed in before load, and every answer is checked for status, user and replica.", p.Seed, p.Users))
	}
	s.Text = append(s.Text,
		"The load users' passwords are 256-bit HMACs of their names under a key made for the run, stored under a fast hash "+
			"that is accepted only for accounts marked as load users; every other account's password is hashed with argon2id, "+
			"so no real account is weakened.")
	if p.Scaling != nil {
		s.Text = slices.Insert(s.Text, 1, "As many replicas stand as the largest size has, and each round a smaller size "+
			"visits the next of them, side by side: no replica is the small cluster alone, because two launches of one program "+
			"differ by more than their intervals.")
	}
	if note := a.Run.Environment.Note; note != "" {
		s.Text = append(s.Text, note)
	}
	return s
}

func environmentSection(a *analysis.Analysis) page.Section {
	e := a.Run.Environment
	s := page.Section{ID: "environment", Title: "Environment"}
	if e.Started.IsZero() {
		s.Text = []string{"Not known. Absolute figures mean nothing without it."}
		return s
	}
	t := page.Table{Head: []string{"what", "value"}}
	t.Add("machine", fmt.Sprintf("%s, %d cores used", e.CPU, e.Cores))
	t.Add("system", e.OS+", "+e.Kernel)
	t.Add("frequency governor", e.Governor)
	load := e.Load
	if f := strings.Fields(load); len(f) > 3 {
		load = strings.Join(f[:3], " ") + " (over 1, 5 and 15 minutes)"
	}
	t.Add("load before the start", load)
	if e.Selftest != nil {
		t.Add("selftest before the start", selftestLine(e.Selftest))
	}
	t.Add("Go", e.Go)
	for _, part := range e.Parts {
		kind := "real"
		if part.Embedded {
			kind = "embedded"
		}
		t.Add(part.Role, fmt.Sprintf("%s %s (%s)", part.Name, part.Version, kind))
	}
	if e.Target != nil {
		t.Add("target", e.Target.URL)
		t.Add("its replicas", strings.Join(e.Target.Replicas, ", "))
		t.Add("ceiling of the load", fmt.Sprintf("%g requests/s, %d connections", e.Target.MaxRate, e.Target.MaxConnections))
		t.Add("users signed in", fmt.Sprint(e.Target.Users))
		if len(e.Target.Runs) > 0 {
			t.Add("merged runs, a generator each", strings.Join(e.Target.Runs, ", "))
		}
	}
	if e.Platform != "" {
		t.Add("platform", e.Platform)
	}
	budgets := e.Budgets
	if e.Why != "" {
		budgets += ": " + e.Why
	}
	t.Add("CPU budgets", budgets)
	commit := e.Commit
	if e.Dirty {
		commit += ", with changes that are not committed"
	}
	t.Add("commit", commit)
	t.Add("started", e.Started.Format("2006-01-02 15:04:05 MST"))
	if a.Run.Digest != "" {
		t.Add("sha256 of SHA256SUMS", a.Run.Digest)
	}
	s.Tables = []page.Table{t}
	s.Notes = []string{"Absolute figures of different machines, parts, commits or runs are never compared."}
	return s
}

// committed are the runs that the README shows.
var committed = []string{"reference", "rows"}

func repeatSection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "repeat", Title: "How to repeat it"}
	e, name, folder := a.Run.Environment, a.Run.Plan.Name, "results/runs/"+a.Run.ID
	if slices.Contains(committed, a.Run.ID) {
		folder = "results/" + a.Run.ID
	}
	if builtin, err := plan.Load(name, all.Parts()...); err != nil || !bytes.Equal(builtin.Text(), a.Run.Plan.Text()) {
		name = folder + "/plan.yaml"
	}
	again := "make bench PLAN=" + name
	if name == plan.PeersName {
		again = "make peers" // which builds the servers of other libraries first
	}
	chosen := e.Platform != "" && e.Platform != analysis.FirstPlatform
	if chosen {
		again += " PLATFORM=" + e.Platform
	}
	if a.Run.Plan.Target != nil {
		again = "make build && " + strings.Join(atOnce(e.Command), " ")
	}
	if slices.Contains(e.Command, "--embedded") {
		again = "make build && bin/authlab bench --embedded --plan " + name
		if chosen {
			again += " --platform " + e.Platform
		}
	}
	if e.Commit != "" && e.Commit != "unknown" {
		again = "git checkout " + e.Commit + " && " + again
	}
	t := page.Table{Head: []string{"what", "command"}}
	t.Add("measure again", again)
	if len(e.Command) > 0 {
		t.Add("what was typed", strings.Join(e.Command, " "))
	}
	t.Add("write this report again, offline", "bin/authlab report "+folder)
	s.Tables = []page.Table{t}
	if e.Dirty {
		s.Notes = []string{"The source had changes that are in no commit, so this run cannot be repeated exactly."}
	}
	return s
}

// atOnce is a command without the time at which it was to begin.
func atOnce(command []string) []string {
	var words []string
	for i, word := range command {
		if word != "--at" && !strings.HasPrefix(word, "--at=") && (i == 0 || command[i-1] != "--at") {
			words = append(words, word)
		}
	}
	return words
}
