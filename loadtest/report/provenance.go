package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// absent says why nothing of a kind of cell can be printed.
func absent(a *analysis.Analysis, kind plan.Kind, planned bool) message.Message {
	what := map[plan.Kind]message.Message{
		plan.DemandCell: message.New("absent.demand"), plan.ScalingCell: message.New("absent.scaling"),
		plan.LatencyCell: message.New("absent.latency"), plan.CapacityCell: message.New("absent.capacity"),
		plan.LadderCell: message.New("absent.ladder"),
	}[kind]
	tried := slices.ContainsFunc(a.Run.Measurements, func(m measure.Measurement) bool { return m.Kind == kind })
	budgeted := kind == plan.ScalingCell || kind == plan.CapacityCell
	misfit := slices.ContainsFunc(a.Run.Events, func(e record.Event) bool { return e.Kind == record.DoesNotFit })
	switch {
	case !planned:
		return message.New("absent.not-asked", "what", what)
	case tried:
		return message.New("absent.too-few", "what", what)
	case budgeted && a.Run.Environment.Budgets == "none":
		return message.New("absent.no-budgets", "what", what)
	case !a.Partial.IsZero():
		return message.New("absent.run-ended", "what", what)
	case budgeted && misfit:
		return message.New("absent.no-size", "what", what)
	default:
		return message.New("absent.not-measured", "what", what)
	}
}

func rowsSection(a *analysis.Analysis) page.Section {
	t := page.Table{Head: page.Head("head.scheme", "compared.state", "head.what-to-know"), Open: true}
	t.Grouped(a.Run.Plan.NamedSchemes(), func(scheme plan.Scheme) []page.Row {
		return []page.Row{{Cells: page.Cells(scheme.Name, scheme.State, caveats(scheme))}}
	})
	return page.Section{ID: "rows", Title: message.New("compared.title"), Tables: []page.Table{t}}
}

func caveats(s plan.Scheme) message.Message {
	var all []message.Message
	for _, c := range s.Caveats {
		all = append(all, message.Text(c))
	}
	return message.New("compared.caveats", "caveats", all)
}

// failures are the answers that were not correct, by code and over time.
func failures(a *analysis.Analysis) page.Table {
	t := page.Table{
		Caption: message.New("missing.caption-failed"),
		Head: page.Head("head.cell", "missing.got", "#missing.requests", "#missing.of", "#head.slices",
			"#missing.first-after", "#missing.last-after"),
	}
	for _, f := range a.Failures {
		t.Add(f.Cell, f.Verdict, f.Requests, f.Of, f.Slices,
			fmt.Sprintf("%.0f s", f.First.Seconds()), fmt.Sprintf("%.0f s", f.Last.Seconds()))
	}
	return t
}

func missingSection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "missing", Title: message.New("missing.title")}
	skipped := page.Table{
		Caption: message.New("missing.caption-skipped"),
		Head:    page.Head("head.what", "missing.why", "missing.help"),
	}
	for _, e := range a.Run.Events {
		if e.Kind != record.Finished && e.Kind != record.Started && e.Kind != record.Predicted {
			help := e.Hint()
			if help.IsZero() {
				help = message.Text(page.None)
			}
			skipped.Add(about(e), e.Text(), help)
		}
	}
	invalid := page.Table{
		Caption: message.New("missing.caption-invalid"),
		Head:    page.Head("head.cell", "#head.slices", "missing.reason", "missing.first"),
	}
	for _, i := range a.Invalid {
		invalid.Rows = append(invalid.Rows, page.Row{
			Grey:  true,
			Cells: page.Cells(i.Cell, message.New("count.of", "n", i.Slices, "of", i.Of), i.Reason, i.Sentence),
		})
	}
	for _, t := range []page.Table{skipped, invalid, failures(a)} {
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	switch {
	case !sliced(a.Run.Plan) && !a.Partial.IsZero():
		s.Text = []message.Message{message.New("missing.partial", "why", a.Partial)}
	case !sliced(a.Run.Plan) && len(skipped.Rows) == 0:
		s.Text = []message.Message{message.New("missing.nothing-skipped")}
	case !sliced(a.Run.Plan):
	case len(a.Run.Measurements) == 0:
		s.Text = []message.Message{message.New("missing.nothing-measured")}
	case !a.Partial.IsZero():
		s.Text = []message.Message{message.New("missing.ended", "slices", len(a.Run.Measurements), "why", a.Partial)}
	case len(skipped.Rows)+len(invalid.Rows) == 0:
		s.Text = []message.Message{message.New("missing.all-count", "slices", len(a.Run.Measurements))}
	}
	return s
}

// about names what an event is about.
func about(e record.Event) message.Message {
	switch {
	case e.About != "":
		return message.Text(e.About)
	case e.Kind == record.Skipped:
		return message.New("missing.run")
	case e.Kind == record.DoesNotFit:
		return message.New("missing.size")
	case e.Kind == record.Interrupted || e.Kind == record.Failed:
		return message.New("missing.rest")
	default:
		return message.Text(string(e.Kind))
	}
}

func methodSection(a *analysis.Analysis) page.Section {
	p := a.Run.Plan
	s := page.Section{ID: "method", Title: message.New("method.title")}
	if sliced(p) {
		s.Text = append(s.Text, message.New("method.rounds", "seed", fmt.Sprint(p.Seed), "users", p.Users))
	}
	s.Text = append(s.Text, message.New("method.passwords"))
	if p.Scaling != nil {
		s.Text = slices.Insert(s.Text, 1, message.New("method.turns"))
	}
	if note := a.Run.Environment.Note; note != "" {
		s.Text = append(s.Text, message.Text(note))
	}
	return s
}

func environmentSection(a *analysis.Analysis) page.Section {
	e := a.Run.Environment
	s := page.Section{ID: "environment", Title: message.New("environment.title")}
	if e.Started.IsZero() {
		s.Text = []message.Message{message.New("environment.unknown")}
		return s
	}
	t := page.Table{Head: page.Head("head.what", "head.value")}
	t.Add(message.New("environment.machine"), message.New("environment.cpu", "cpu", e.CPU, "cores", e.Cores))
	t.Add(message.New("environment.system"), e.OS+", "+e.Kernel)
	t.Add(message.New("environment.governor"), e.Governor)
	t.Add(message.New("environment.load"), loadBefore(e.Load))
	if e.Selftest != nil {
		t.Add(message.New("environment.selftest"), selftestLine(e.Selftest))
	}
	t.Add("Go", e.Go)
	for _, part := range e.Parts {
		kind := message.New("environment.real")
		if part.Embedded {
			kind = message.New("environment.embedded")
		}
		t.Add(message.Tier(part.Role),
			message.New("environment.part", "name", part.Name, "version", part.Version, "kind", kind))
	}
	if e.Target != nil {
		targetEnvironment(&t, *e.Target)
	}
	if e.Platform != "" {
		t.Add(message.New("environment.platform"), e.Platform)
	}
	budgets := e.Budgets
	if e.Why != "" {
		budgets += ": " + e.Why
	}
	t.Add(message.New("environment.budgets"), budgets)
	commit := page.Plain(e.Commit)
	if e.Dirty {
		commit = page.Plain(message.New("environment.dirty", "commit", e.Commit))
	}
	t.Add(message.New("environment.commit"), commit)
	t.Add(message.New("environment.started"), e.Started.Format("2006-01-02 15:04:05 MST"))
	if a.Run.Digest != "" {
		t.Add(message.New("environment.digest"), a.Run.Digest)
	}
	s.Tables = []page.Table{t}
	s.Notes = []message.Message{message.New("environment.note")}
	return s
}

// loadBefore says over which times the kernel's averages of the load are.
func loadBefore(load string) message.Message {
	f := strings.Fields(load)
	if len(f) <= 3 {
		return message.Text(load)
	}
	return message.New("environment.loads", "loads", strings.Join(f[:3], " "))
}

func targetEnvironment(t *page.Table, e record.Target) {
	t.Add(message.New("environment.target"), e.URL)
	t.Add(message.New("environment.target-replicas"), strings.Join(e.Replicas, ", "))
	t.Add(message.New("environment.ceiling"),
		message.New("environment.ceilings", "rate", e.MaxRate, "connections", e.MaxConnections))
	t.Add(message.New("environment.users"), e.Users)
	if len(e.Runs) > 0 {
		t.Add(message.New("environment.merged"), strings.Join(e.Runs, ", "))
	}
}

// committed are the runs that the README shows.
var committed = []string{"reference", "rows", "incidents", "exploits"}

func repeatSection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "repeat", Title: message.New("repeat.title")}
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
	t := page.Table{Head: page.Head("head.what", "repeat.command")}
	t.Add(message.New("repeat.measure"), again)
	if len(e.Command) > 0 {
		t.Add(message.New("repeat.typed"), strings.Join(e.Command, " "))
	}
	t.Add(message.New("repeat.report"), "bin/authlab report "+folder)
	s.Tables = []page.Table{t}
	if e.Dirty {
		s.Notes = []message.Message{message.New("repeat.dirty")}
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
