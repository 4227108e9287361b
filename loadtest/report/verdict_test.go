package report

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/experiment/replay"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// compared are the runs, compared once for all tests of this file.
var compared = sync.OnceValue(func() map[string]*analysis.Analysis {
	all := map[string]*analysis.Analysis{}
	for name, run := range runs() {
		all[name] = analysed(run)
	}
	return all
})

// mostWords is how long a sentence of the first screen may be.
const mostWords = 25

// TestEveryFirstScreen holds what must be true of the first screen of every report: few and short sentences, each with
// its evidence on the page.
func TestEveryFirstScreen(t *testing.T) {
	for name, a := range compared() {
		d := build(a)
		if len(d.Verdicts) == 0 || len(d.Verdicts) > mostVerdicts || len(d.Badges) == 0 {
			t.Errorf("%s: %d sentences and %d badges", name, len(d.Verdicts), len(d.Badges))
		}
		for _, v := range d.Verdicts {
			if n := len(strings.Fields(v.Says.String())); n == 0 || n > mostWords {
				t.Errorf("%s: %d words: %s", name, n, v.Says)
			}
			if !slices.ContainsFunc(d.Sections, func(s page.Section) bool { return s.ID == v.Section }) {
				t.Errorf("%s: %s has its evidence in %q, which is no section", name, v.ID, v.Section)
			}
		}
	}
}

// TestVerdicts holds what the first screen says of some runs, and what it must not say.
func TestVerdicts(t *testing.T) {
	all := compared()
	for name, says := range map[string][]string{
		"full": {
			"Redis +20.5 µs · JWT +12.5 µs", "About 62,000 requests/s",
			"One core of Redis is used up at about 62,000 requests/s", "95 % interval: [61,000 64,000].",
			"used up by 3.8 [3.7 3.8] replicas that only authenticate, while tokens go on; with 4 × the CPU for Redis",
			"Redis at once · JWT ≤ 15 min",
			"Which one? A logout or a ban must count at once: sessions in Redis (a token can do that only if it asks a store",
		},
		"drift":      {"Redis +50 % · JWT +31 %", "a token (JWT, HS256)", "DRIFT: the control's cost rose"},
		"noisy":      {"What a session in Redis and a token (JWT) add to the CPU cost of a request, this run cannot tell."},
		"few rounds": {"measured against itself too few times", "this run cannot tell"},
		"unbudgeted": {"cannot be measured here, because it needs CPU budgets and there are none"},
		"waiting":    {"How the schemes scale compared with a server without authentication, this run cannot tell."},
		"one size":   {"How they scale was not asked: one size, 2 replicas, was measured."},
		"void":       {"VOID: an answer reached the wrong user", "This run has no answer"},
		"empty":      {"PARTIAL: this run did not come to its end", "nothing was measured"},
		"moved":      {"Distance to the store", "Users who come unequally often"},
	} {
		text := frontText(all[name])
		for _, want := range says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, text)
			}
		}
	}
	for _, name := range []string{"drift", "void", "empty", "noisy"} { // whose µs the evidence takes back
		if text := frontText(all[name]); strings.Contains(text, " µs") {
			t.Errorf("%s: the first screen has µs:\n%s", name, text)
		}
	}
}

// frontText is the first screen, without its charts.
func frontText(a *analysis.Analysis) string {
	d, _ := front(a)
	var all []string
	for _, b := range d.Badges {
		all = append(all, b.In(message.English))
	}
	for _, v := range d.Verdicts {
		all = append(all, v.Asks.String(), v.Figure.String(), v.Says.String(), v.Interval.String(), v.Means.String())
	}
	return strings.Join(append(all, d.Advice.Message().String()), "\n")
}

// TestKindsHaveASentence: a plan of one kind of experiment begins with what that kind found.
func TestKindsHaveASentence(t *testing.T) {
	const head = "name: mine\nschemes: [session-redis, token-hs256]\n"
	for _, test := range []struct{ part, want string }{
		{"memory: {logins: [1000, 10000], starts: 6}\n", "bytes of the store, with session-redis"},
		{
			"logins: {starts: 6, logins: 2000, passwords: 32, rate: 200, storm: 16, window: 2s}\n",
			"requests, with session-redis: the password's hash",
		},
		{
			"replay: {slice: 50ms, rounds: 8, starts: 6, connections: 64, lanes: 8}\n",
			"One core of Redis is full with",
		},
		{"delays: {replicas: 3, logins: 20}\n", "After a logout a session in Redis stops working at once"},
	} {
		run := measuretest.Lab{Plan: head + test.part, Costs: truth}.Run()
		if text := frontText(analysis.Compare(run)); !strings.Contains(text, test.want) {
			t.Errorf("%s does not say %q:\n%s", test.part, test.want, text)
		}
	}
}

// TestMarkdownBeginsShort: terminals and pull requests show the story and the one table before the evidence.
func TestMarkdownBeginsShort(t *testing.T) {
	const most = 60
	for name, a := range compared() {
		text := written(t, a.Run)["report.md"]
		lines := strings.Split(text, "\n")
		evidence := slices.IndexFunc(lines, func(l string) bool {
			return strings.HasPrefix(l, "## ") && l != "## In one table"
		})
		if evidence < 0 || evidence > most {
			t.Errorf("%s: the evidence begins at line %d", name, evidence+1)
		}
	}
}

var (
	anchors = regexp.MustCompile(` id="([^"]*)"`)
	links   = regexp.MustCompile(` href="#([^"]*)"`)
)

// TestAnchors: every place of a page has one name, and every link leads to a place.
func TestAnchors(t *testing.T) {
	for name, a := range compared() {
		// The other languages wait in templates, which are no part of the document until one takes its place.
		html, _, _ := strings.Cut(written(t, a.Run)["report.html"], "<template ")
		places := map[string]int{}
		for _, found := range anchors.FindAllStringSubmatch(html, -1) {
			if places[found[1]]++; places[found[1]] == 2 {
				t.Errorf("%s: two places are called %s", name, found[1])
			}
		}
		for _, found := range links.FindAllStringSubmatch(html, -1) {
			if places[found[1]] == 0 {
				t.Errorf("%s: a link leads to %s, which is nowhere", name, found[1])
			}
		}
		if len(html) > 1<<20 {
			t.Errorf("%s: the page has %d bytes", name, len(html))
		}
	}
}

// TestCostsThatCannotBeToldApart: the figure of the first card sets them side by side only where they differ.
func TestCostsThatCannotBeToldApart(t *testing.T) {
	a := analysis.Compare(runs()["full"]) // its own, which it changes
	session := costOf(a, "session-redis")
	for i := range a.Demand {
		if a.Demand[i].Name == "token-hs256" {
			a.Demand[i].Launches = session.Launches
		}
	}
	if text := frontText(a); !strings.Contains(text, " ≈ JWT") || !strings.Contains(text, "cannot tell which of the two") {
		t.Errorf("costs that are equal look different:\n%s", text)
	}
}

// TestPushes: the advice names a scheme between the two only where its cost and its endings were measured, and kept
// what it promises.
func TestPushes(t *testing.T) {
	near, err := plan.SchemeNamed("session-near")
	if err != nil {
		t.Fatal(err)
	}
	known := stats.Ratios([]float64{1.1, 1.1, 1.2, 1.1, 1.2, 1.1, 1.2, 1.1}, 0)
	for name, c := range map[string]struct {
		ratio  stats.Estimate
		delays []delays.Delay
		want   string
	}{
		"measured": {known, []delays.Delay{{Name: near.Name}}, "A logout must count within 1 s: sessions that each " +
			"replica remembers until Redis tells it of a logout (session-near)."},
		"no cost":     {stats.Of(nil), []delays.Delay{{Name: near.Name}}, ""},
		"never ended": {known, nil, ""},
		"broken":      {known, []delays.Delay{{Name: near.Name, Broken: true}}, ""},
	} {
		a := &analysis.Analysis{
			Demand:      []analysis.Cost{{Name: near.Name, Scheme: near, Ratio: c.ratio}},
			Experiments: []analysis.Found{{Kind: "delays", Findings: &delays.Findings{Delays: c.delays}}},
		}
		got := ""
		for _, choice := range pushes(a) {
			got += choice.Message().String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestNoHeadlineWithoutAnInterval: what a core of a store carries is a headline only where its interval is known, and a
// figure without an interval says why.
func TestNoHeadlineWithoutAnInterval(t *testing.T) {
	a := analysis.Compare(runs()["full"]) // its own, which it changes
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(*replay.Findings); ok {
			for i := range f.Carried {
				f.Carried[i].Store = stats.Ratios([]float64{16, 17, 16}, 0)
			}
		}
	}
	text := frontText(a)
	for _, want := range []string{
		"with the CPU of one replica is used up by 3.8 replicas", "95 % interval: [3.7 3.8].",
		"very roughly 61,000 requests/s; no interval (3 samples: an interval needs 6), so do not plan by it.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "About 6") || strings.Contains(text, "interval: –") {
		t.Errorf("a figure without an interval is the headline:\n%s", text)
	}
}
