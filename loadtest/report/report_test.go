package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

var update = flag.Bool("update", false, "write the goldens in testdata anew")

const everything = `
name: everything
question: Do sessions or tokens keep up with more replicas?
users: 10000
resolution: 0.05
schemes: [session-memory, session-sticky, session-redis, token-hs256]
demand: {slice: 50ms, rounds: 24, launches: 6, connections: 16}
tiers: {slice: 200ms, rounds: 8, connections: 32}
scaling: {replicas: [1, 2, 4, 8], budget: 0.1, slice: 200ms, rounds: 9, connections: 32}
latency: {replicas: 2, rates: [1000, 3000], slice: 1s, samples: 10000}
delays: {replicas: 4, logins: 100}
memory: {logins: [1000, 10000, 100000], beyond: 1000000, starts: 6}
logins: {starts: 6, logins: 2000, passwords: 32, rate: 200, storm: 16, window: 2s}
replay: {slice: 50ms, rounds: 8, starts: 6, connections: 64, lanes: 8}
incident:
  {faults: [store-down, replica-killed], replicas: 2, users: 100, rate: 300, before: 4s, fault: 2s, after: 4s, times: 3}
exploit: {attacks: [alg-none, replay-after-logout, csrf-cookie], patience: 6s}
exhaust:
  {drains: [valid-again, long-kid, many-headers, wrong-password, slow-client],
   defences: [rotation, new-at-login], starts: 6, turns: 2,
  slice: 30ms, connections: 16, inside: [strict-parsing, same-origin, guessing], rounds: 4}
`

// moved has stores of several sizes and at several distances, and a user who comes more often than others.
const moved = `
name: moved
question: Does the store's machine count, and its distance?
users: 4000
resolution: 0.05
schemes: [session-redis, session-redis+store-0.06, session-redis+store-0.03, session-redis+hot-0.5, token-hs256]
demand: {slice: 500ms, rounds: 24, launches: 6, connections: 16, also: [session-redis+5ms]}
scaling: {replicas: [1, 2, 4, 8], budget: 0.06, slice: 200ms, rounds: 9, connections: 32}
latency:
  replicas: 2
  rates: [1000]
  slice: 1s
  samples: 10000
  also: [session-redis+1ms, session-redis+5ms, session-near+5ms]
`

var truth = map[string]float64{
	plan.Control: 40, plan.Twin: 40, "session-memory": 44, "session-redis": 60,
	"token-hs256": 52,
}

func lab() measuretest.Lab {
	return measuretest.Lab{
		Plan: everything, Seed: 1, Costs: truth, Store: 16, Noise: 0.03, Interference: 0.05, Luck: 0.01,
		Lag: 110 * time.Microsecond,
	}
}

func with(change func(*measuretest.Lab)) measuretest.Lab {
	l := lab()
	change(&l)
	return l
}

func edited(old, new string) measuretest.Lab {
	return with(func(l *measuretest.Lab) { l.Plan = strings.ReplaceAll(everything, old, new) })
}

// runs are the runs that a report must be true of.
var runs = sync.OnceValue(func() map[string]*measure.Run {
	killed := with(func(l *measuretest.Lab) { l.Stop = 300 }).Run()
	killed.Events, killed.Environment = nil, record.Environment{}
	killed.Damage = []message.Message{message.New("damage.no-environment")}
	empty := lab().Run()
	empty.Measurements, empty.Runtimes, empty.Kinds = nil, nil, nil
	empty.Events = []record.Event{{Kind: record.Failed, Said: message.Text("the store did not start")}}
	return map[string]*measure.Run{
		"full":       lab().Run(),
		"partial":    with(func(l *measuretest.Lab) { l.Stop = 200 }).Run(),
		"killed":     killed,
		"unbudgeted": with(func(l *measuretest.Lab) { l.Unbudgeted = true }).Run(),
		"embedded":   with(func(l *measuretest.Lab) { l.Embedded = true }).Run(),
		"empty":      empty,
		"moved":      with(func(l *measuretest.Lab) { l.Plan = moved }).Run(),
		"single":     edited("[session-memory, session-sticky, session-redis, token-hs256]", "[token-hs256]").Run(),
		"two sizes":  edited("[1, 2, 4, 8]", "[2, 4]").Run(),
		"one size":   edited("[1, 2, 4, 8]", "[2]").Run(),
		"few rounds": with(func(l *measuretest.Lab) {
			l.Plan = strings.NewReplacer("rounds: 24, launches: 6", "rounds: 4, launches: 1", "rounds: 9", "rounds: 3",
				"latency:", "#", "tiers:", "#").Replace(everything)
		}).Run(),
		"drift": with(func(l *measuretest.Lab) { l.Drift, l.Interference = 0.5, 0.01 }).Run(),
		"noisy": with(func(l *measuretest.Lab) { l.Costs = map[string]float64{plan.Control: 40, plan.Twin: 43} }).Run(),
		"bound": with(func(l *measuretest.Lab) {
			l.Change = func(r *record.Slice) {
				if r.Kind == plan.ScalingCell && r.Replicas == 8 {
					for name, use := range r.Use {
						use.CPU = use.CPU * 7 / 10
						r.Use[name] = use
					}
					r.Use["generator"] = record.Use{CPU: r.Elapsed * 98 / 100}
				}
			}
		}).Run(),
		"waiting": with(func(l *measuretest.Lab) {
			l.Change = func(r *record.Slice) { // a store that answers late makes its replicas idle, and is not busy itself
				if r.Kind != plan.ScalingCell || r.Scheme != "session-redis" {
					return
				}
				for name, use := range r.Use {
					use.CPU = use.CPU * 3 / 10
					r.Use[name] = use
				}
			}
		}).Run(),
		"doubtful": with(func(l *measuretest.Lab) {
			l.Change = func(r *record.Slice) {
				switch {
				case r.Scheme == "session-memory" && r.Replicas == 4:
					r.Verdicts[record.OK] += r.Sent / 40
					r.Verdicts[record.Unauthenticated] -= r.Sent / 40
				case r.Kind == plan.LatencyCell:
					r.Note = "the balancer was started again"
				case r.Kind == plan.DemandCell && r.Scheme == "token-hs256":
					r.Use["replica-0"] = record.Use{CPU: r.Elapsed / 2}
				}
			}
		}).Run(),
		"void": with(func(l *measuretest.Lab) {
			l.Change = func(r *record.Slice) {
				if r.Round == 3 && r.Scheme == "session-redis" && r.Kind == plan.ScalingCell {
					r.Verdicts[record.WrongUser] = 1
				}
			}
		}).Run(),
	}
})

var files = []string{"report.md", "report.html", "report.json", "figures.csv", "measurements.csv"}

// Tests share what was made of a run: to analyse and to write one takes a second of CPU time.
var (
	analyses = map[*measure.Run]*analysis.Analysis{}
	reports  = map[*measure.Run]map[string]string{}
)

// analysed returns the analysis of a run, which no test may change.
func analysed(run *measure.Run) *analysis.Analysis {
	if analyses[run] == nil {
		analyses[run] = analysis.Compare(run)
	}
	return analyses[run]
}

// written returns the files of a run's report by their names.
func written(t *testing.T, run *measure.Run) map[string]string {
	t.Helper()
	if reports[run] == nil {
		reports[run] = filesOf(t, analysed(run))
	}
	return reports[run]
}

// filesOf writes the report of an analysis.
func filesOf(t *testing.T, a *analysis.Analysis) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := Write(dir, a, message.English); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	return out
}

// TestGoldens shows what a change does to every report. The tables for spreadsheets are left
// out: their figures are those of report.json, and of the single slices.
func TestGoldens(t *testing.T) {
	for _, name := range []string{"full", "partial", "unbudgeted", "embedded", "empty", "moved"} {
		t.Run(name, func(t *testing.T) {
			for file, got := range written(t, runs()[name]) {
				if strings.HasSuffix(file, ".csv") {
					continue
				}
				golden := filepath.Join("testdata", name+"."+strings.TrimPrefix(file, "report."))
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s differs; go test -update writes it anew, once the change is meant (-want +got):\n%s", golden, diff)
				}
			}
		})
	}
}

// unfinished returns what a text has that shows an unfinished sentence or a figure that is none, "" for nothing. In so
// much text literals are found sooner than by a regular expression.
func unfinished(text string) string {
	for _, sign := range []string{"NaN", "+Inf", "-Inf", "%!", "<no value>", "[0.00 0.00]", ",  ", ".."} {
		if strings.Contains(text, sign) {
			return sign
		}
	}
	return ""
}

// TestEveryReportHolds holds what must be true of every report, whatever its run.
func TestEveryReportHolds(t *testing.T) {
	for name, run := range runs() {
		t.Run(name, func(t *testing.T) {
			got := written(t, run)
			if testing.Short() {
				t.Log("it is not written again with -short")
			} else if diff := cmp.Diff(got, filesOf(t, analysis.Compare(run))); diff != "" {
				t.Errorf("the report differs when it is written again:\n%s", diff)
			}
			for file, text := range got {
				if strings.HasSuffix(file, ".html") {
					text = unseen.ReplaceAllString(text, "")
				}
				if found := unfinished(text); found != "" {
					t.Errorf("%s has %q", file, found)
				}
			}
			if !json.Valid([]byte(got["report.json"])) {
				t.Error("report.json is not JSON")
			}
			if lines, err := csv.NewReader(strings.NewReader(got["measurements.csv"])).ReadAll(); err != nil ||
				len(lines) != len(run.Measurements)+1 {
				t.Errorf("measurements.csv has %d lines for %d slices: %v", len(lines), len(run.Measurements), err)
			}
			selfContained(t, got["report.html"])
			rectangular(t, analysed(run))
		})
	}
}

// selfContained holds that the page fetches nothing, and that its pictures are well-formed.
func selfContained(t *testing.T, html string) {
	t.Helper()
	lower := strings.ToLower(html)
	for _, fetching := range []string{"src=", "url(", "@import", "<link", "fetch(", "xmlhttprequest", "import(", "eval("} {
		if strings.Contains(lower, fetching) {
			t.Errorf("the page may fetch something: %q", fetching)
		}
	}
	if strings.Contains(strings.ReplaceAll(lower, "<script t", ""), "<script ") {
		t.Error("the page may fetch a script")
	}
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(html, -1) {
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("a picture is not well-formed: %v", err)
				break
			}
		}
	}
}

// rectangular holds that every line of a table has a cell for each column.
func rectangular(t *testing.T, a *analysis.Analysis) {
	t.Helper()
	for _, s := range build(a).Sections {
		for _, table := range s.Tables {
			for _, r := range table.Rows {
				if r.Group.IsZero() && len(r.Cells) != len(table.Head) {
					t.Errorf("%s: %d cells for %d columns: %v", s.Title, len(r.Cells), len(table.Head), r.Cells)
				}
			}
		}
	}
}

// TestAnswers holds what each run's answer, and the warnings above it, must say and must not.
func TestAnswers(t *testing.T) {
	all := runs()
	for _, test := range []struct {
		run       string
		says, not []string
	}{
		{"full", []string{
			"A session in Redis adds 20.5 µs of CPU to a request, a token (JWT, HS256) 12.5 µs",
			"with as many replicas, of 0.1 core each", "token-hs256 answered 0.75",
			"the store that all replicas share was the limit for session-redis",
			"and session-sticky, the same program on one replica",
			"88 % of the requests met a replica", "the same 8 replicas of session-redis answered 2.13 " +
				"[2.08 2.18] × as much: the store is the bottleneck from 3.76",
		}, []string{"PARTIAL", "NOISY", "DRIFT", "EMBEDDED"}},
		{"partial", []string{
			"PARTIAL: this run did not come to its end (interrupted after 10s)",
			"was not measured before the run ended",
		}, nil},
		{"killed", []string{
			"PARTIAL: this run did not come to its end (the run was killed)",
			"it is not known on which machine",
		}, []string{"cores used", "git checkout"}},
		{
			"unbudgeted",
			[]string{"cannot be measured here, because it needs CPU budgets and there are none", "systemd-run"},
			[]string{"A machine here is"},
		},
		{"embedded", []string{
			"EMBEDDED: stored stands in for a real store and balancerd stands in for a real balancer",
			"bin/authlab bench --embedded --plan results/runs/",
		}, nil},
		{
			"empty",
			[]string{"This run has no answer: nothing was measured.", "the store did not start"},
			[]string{"is the noise that", "every one of", "NOISY", "CPU added to a request"},
		},
		{
			"single",
			[]string{"× with token-hs256", "A token (JWT) adds 12.2 µs"},
			[]string{"| session-redis", "| session-memory"},
		},
		{
			"two sizes",
			[]string{" with 2 and ", "throughput ÷ no authentication, 2 replicas", "throughput ÷ no authentication, 4 replicas"},
			[]string{"1 replica "},
		},
		{"one size", []string{"throughput ÷ no authentication, 2 replicas", "At 2 replicas"}, []string{" with 2 and "}},
		{"few rounds", []string{
			"3 rounds are too few for an interval", "so no scheme is said to cost more", "within one launch",
			"Latency is not a question of this plan",
		}, []string{"+50 %"}},
		{"drift", []string{"DRIFT: the control's cost rose by", "ratios to the control of the same round stay valid"}, nil},
		{"noisy", []string{
			"NOISY: the control differs from itself by more than 2 %",
			"the control does not agree with itself well enough",
		}, []string{"+25 %"}},
		{"bound", []string{"≥ marks a lower bound", "the load generator was the limit for"}, nil},
		{"waiting", []string{
			"session-redis answered ≥ ",
			"no budget was used up for session-redis and nothing shared was full: the replicas waited for something that is " +
				"not CPU",
			"session-redis × 1: no budget was used up (the replicas took 30 % of theirs, the store",
			"its throughput is a lower bound",
		}, []string{"*GENERATOR-BOUND*", "answered unknown"}},
		{"doubtful", []string{
			"*IDLE-TIER*", "the balancer was started again",
			"Latency was asked, but too few of its slices count", "expected 75.0 %",
		}, []string{"× with token-hs256; this run"}},
		{"void", []string{"VOID: an answer reached the wrong user", "This run has no answer"}, []string{"× with"}},
	} {
		t.Run(test.run, func(t *testing.T) {
			text := written(t, all[test.run])["report.md"]
			for _, want := range test.says {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %q:\n%s", want, head(text))
				}
			}
			for _, not := range test.not {
				if strings.Contains(text, not) {
					t.Errorf("it says %q:\n%s", not, head(text))
				}
			}
		})
	}
}

func head(text string) string {
	if i := strings.Index(text, "\n## Throughput"); i > 0 {
		return text[:i]
	}
	return text
}

func TestMainText(t *testing.T) {
	text := MainText(analysed(runs()["full"]), message.English)
	if !strings.Contains(text, "After a logout the login stops working at once\n") || strings.Contains(text, "|") ||
		strings.Contains(text, "**") {
		t.Errorf("got\n%s", text)
	}
}

func TestWriteSaysWhatFailed(t *testing.T) {
	err := Write(filepath.Join(t.TempDir(), "nowhere"), analysed(runs()["full"]), message.English)
	if err == nil || !strings.Contains(err.Error(), "cannot write the report") {
		t.Errorf("got %v", err)
	}
}

func TestTables(t *testing.T) {
	var b bytes.Buffer
	tab := page.Table{Head: []page.Column{{Name: message.Text("a")}, page.Numbers(message.Text("b"))}}
	tab.Add("x|y", "1")
	tab.Rows = append(tab.Rows, page.Row{Group: message.Text("a long title")},
		page.Row{Cells: page.Cells("z", "22"), Grey: true})
	b.WriteString(tab.Markdown(message.English) + "\n" + tab.Text(message.English))
	const want = "| a    |    b |\n| ---- | ---: |\n| x\\|y |    1 |\n| **a long title** |      |\n| *z*  | *22* |\n" +
		"\na     b\nx|y   1\na long title\nz    22\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestThePlatformIsTold: where the servers ran changes what a figure means, and how to repeat it.
func TestThePlatformIsTold(t *testing.T) {
	for platform, there := range map[string]bool{"": false, "processes": false, "compose": true} {
		run := *runs()["full"]
		run.Environment.Platform = platform
		if there {
			run.Environment.Note = "Every server runs in a room of its own."
		}
		text := string(build(analysis.Compare(&run)).Markdown(message.English))
		for _, want := range []string{"PLATFORM=compose", "Every server runs in a room of its own."} {
			if strings.Contains(text, want) != there {
				t.Errorf("platform %q: the report has %q: %v", platform, want, !there)
			}
		}
		if told := regexp.MustCompile(`(?m)^\| platform +\| (\w+)`).FindStringSubmatch(text); platform != "" &&
			(told == nil || told[1] != platform) {
			t.Errorf("platform %q: the environment says %q", platform, told)
		}
	}
}

// TestPlansWithoutSlices have no empty sections about load that the plan does not ask for.
func TestPlansWithoutSlices(t *testing.T) {
	run := with(func(l *measuretest.Lab) {
		l.Plan = "name: memory\nquestion: What does a login take?\nschemes: [session-memory, token-hs256]\nmemory: " +
			"{logins: [1000, 10000], beyond: 1000000, starts: 6}\n"
	}).Run()
	text := string(written(t, run)["report.md"])
	for want, there := range map[string]bool{
		"Memory, by how many are logged in": true, "Nothing was skipped.": true, "no real account is weakened": true,
		"is not a question of this plan": false, "Nothing was measured": false, "load visits each once a round": false,
		"In one table": false,
	} {
		if strings.Contains(text, want) != there {
			t.Errorf("the report has %q: %v", want, !there)
		}
	}
}
