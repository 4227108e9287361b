package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
	"authlab/loadtest/stats"
)

// chosen measures all that the question "which one for me?" is answered from.
const chosen = `
name: chosen
question: Which one?
users: 10000
resolution: 0.05
schemes: [session-memory, session-sticky, session-redis, session-redis+5ms, token-hs256]
demand:
  {slice: 50ms, rounds: 24, launches: 6, connections: 16,
  also: [session-near, token-push, token-hs256-claims-512, token-hs256-claims-4096]}
tiers: {slice: 200ms, rounds: 8, connections: 32}
scaling: {replicas: [1, 2, 4, 8], budget: 0.06, slice: 200ms, rounds: 9, connections: 32}
latency: {replicas: 2, rates: [1000], slice: 1s, samples: 10000, also: [session-redis+20ms]}
delays: {replicas: 4, logins: 100}
memory: {logins: [1000, 10000, 100000], starts: 6}
`

// opened writes a report and opens its page.
func opened(t *testing.T, b *browser.Browser, a *analysis.Analysis) (*browser.Page, string) {
	t.Helper()
	dir := t.TempDir()
	if err := Write(dir, a, message.English); err != nil {
		t.Fatal(err)
	}
	return b.Open(t, fileURL(t, filepath.Join(dir, "report.html")), browser.View{Width: 1280}), dir
}

// ask is what a reader asks.
type ask map[string]any

// anything is a reader to whom everything fits.
func anything(change ask) ask {
	all := ask{
		"rate": 1000, "replicas": 1, "users": 1, "delay": 1e9, "failure": "logins", "distance": 0, "claims": 200,
	}
	maps.Copy(all, change)
	return all
}

type numbers struct{ Center, Low, High float64 }

// advised is what the page computes for a scheme.
type advised struct {
	Scheme       string
	Cores, Added *numbers
	Least        bool
	Store        *struct {
		Cores *numbers
		Least bool
	}
	Memory      *struct{ Replicas, Store *numbers }
	Wait, Share *numbers
	Refused     [][]any
	Reasons     [][]any

	MemoryRefused, WaitRefused []any
}

type reply struct {
	Rows    []advised
	Best    []string
	Changes [][]any
	Refused []any
}

// advises has the page answer.
func advises(t *testing.T, p *browser.Page, a ask) reply {
	t.Helper()
	asked, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	text := browser.Eval[string](p, fmt.Sprintf(
		"JSON.stringify(authlab.advise(authlab.data.which, %s, [0, 1, 60, 900, 43200]))", asked))
	var got reply
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// of is the row of a scheme.
func (a reply) of(t *testing.T, scheme string) advised {
	t.Helper()
	i := slices.IndexFunc(a.Rows, func(r advised) bool { return r.Scheme == scheme })
	if i < 0 {
		t.Fatalf("there is no %s in %+v", scheme, a)
	}
	return a.Rows[i]
}

// measured is what report.json says, apart from what the page computes with.
type measured struct {
	Demand []struct {
		Scheme string
		CPU    numbers `json:"cpu_us"`
		Added  numbers `json:"added_us"`
	}
	Memory []struct {
		Scheme         string
		Replica, Store struct {
			Bytes numbers `json:"bytes_a_login"`
		}
	}
	Tiers []struct {
		Tier, Scheme string
		CPU          numbers `json:"cpu_us"`
	}
	Ladder []struct {
		Scheme string
		Share  float64
		Ratio  numbers `json:"ratio_to_saturation"`
	}
	Scaling []struct {
		Scheme   string
		Replicas int
		Control  numbers `json:"ratio_to_control"`
	}
	Distances []struct {
		Scheme string
		Delay  float64 `json:"delay_ns"`
		Added  numbers `json:"added_ms"`
	}
}

// points compares figures, and counts them by kind.
type points struct {
	*testing.T
	count map[string]int
}

func (p points) same(kind, scheme string, got *numbers, want numbers) {
	p.Helper()
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Max(1e-9, math.Abs(b)) }
	if got == nil || !near(got.Center, want.Center) || !near(got.Low, want.Low) || !near(got.High, want.High) {
		p.Errorf("%s of %s: the page says %+v, report.json %+v", kind, scheme, got, want)
	}
	p.count[kind]++
}

func (f numbers) times(k float64) numbers { return numbers{f.Center * k, f.Low * k, f.High * k} }

// laden adds what no synthetic lab measures: the cost of replicas that are not full, and memory that was read beside a
// cost.
func laden(a *analysis.Analysis) *analysis.Analysis {
	for _, scheme := range []string{"session-memory", "session-redis", "token-hs256"} {
		for _, share := range []float64{0.25, 0.5, 1} {
			a.Ladder = append(a.Ladder, analysis.Rung{
				Name: scheme, Share: share,
				Ratio: stats.Estimate{Center: 1.5 - share/2, Low: 1.4 - 0.4*share, High: 1.6 - 0.6*share, N: 9},
			})
		}
	}
	for i := range a.Demand {
		if a.Demand[i].Name == "session-near" {
			a.Demand[i].Memory = &analysis.Memory{Replica: 480, Store: 700, Users: 10_000}
		}
	}
	return a
}

// TestWhichAgreesWithTheReport: at every point that was measured, the page's answer is the measurement.
func TestWhichAgreesWithTheReport(t *testing.T) {
	b := browser.Start(t)
	p, dir := opened(t, b, laden(analysis.Compare(with(func(l *measuretest.Lab) { l.Plan = chosen }).Run())))
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var run measured
	if err := json.Unmarshal(text, &run); err != nil {
		t.Fatal(err)
	}
	all := points{t, map[string]int{}}
	full := map[string]float64{} // requests/s of a full replica
	for _, d := range run.Demand {
		scheme, bytes, claims := strings.Cut(d.Scheme, "-claims-")
		if strings.HasPrefix(scheme, "control") || strings.Contains(scheme, "+") {
			continue
		}
		rate := 1e6 / d.CPU.Center
		change := ask{"rate": rate}
		if claims {
			change["claims"] = json.Number(bytes)
		} else {
			full[scheme] = rate
		}
		got := advises(t, p, anything(change)).of(t, scheme)
		all.same("cost", d.Scheme, got.Cores, d.CPU.times(rate/1e6))
		all.same("added cost", d.Scheme, got.Added, d.Added.times(rate/1e6))
		if got.Least {
			t.Errorf("%s: a full replica is said to have been measured fuller", d.Scheme)
		}
	}
	near := advises(t, p, anything(ask{"users": 1000, "replicas": 4})).of(t, "session-near").Memory
	all.same("replicas' memory", "session-near", near.Replicas, numbers{4 * 480e3, 4 * 480e3, 4 * 480e3})
	all.same("store's memory", "session-near", near.Store, numbers{700e3, 700e3, 700e3})
	for _, m := range run.Memory {
		if strings.Contains(m.Scheme, "+") {
			continue
		}
		const users = 100_000
		got := advises(t, p, anything(ask{"users": users})).of(t, m.Scheme)
		if m.Scheme == "session-memory" {
			all.same("replicas' memory", m.Scheme, got.Memory.Replicas, m.Replica.Bytes.times(users))
		}
		if m.Scheme == "session-redis" {
			all.same("store's memory", m.Scheme, got.Memory.Store, m.Store.Bytes.times(users))
		}
	}
	for _, c := range run.Tiers {
		if c.Tier == "store" && !strings.Contains(c.Scheme, "+") {
			rate := 1e6 / c.CPU.Center // what fills one core of it
			got := advises(t, p, anything(ask{"rate": rate, "replicas": 8})).of(t, c.Scheme)
			all.same("store's cost", c.Scheme, got.Store.Cores, c.CPU.times(rate/1e6))
		}
	}
	for _, r := range run.Ladder {
		if rate := full[r.Scheme] * r.Share; rate > 0 {
			got := advises(t, p, anything(ask{"rate": rate})).of(t, r.Scheme)
			if got.Cores == nil || math.Abs(got.Cores.Center-r.Share*r.Ratio.Center) > 1e-6 || got.Least {
				t.Errorf("%s at %g of its load takes %+v cores, want %g", r.Scheme, r.Share, got.Cores,
					r.Share*r.Ratio.Center)
			}
			all.count["load"]++
		}
	}
	for _, s := range run.Scaling {
		if full[s.Scheme] > 0 {
			got := advises(t, p, anything(ask{"replicas": s.Replicas})).of(t, s.Scheme)
			all.same("throughput", s.Scheme, got.Share, s.Control)
		}
	}
	for _, d := range run.Distances {
		if scheme, _, far := strings.Cut(d.Scheme, "+"); far {
			got := advises(t, p, anything(ask{"distance": d.Delay / 1e6})).of(t, scheme)
			all.same("distance", scheme, got.Wait, d.Added)
		}
	}
	for kind, least := range map[string]int{
		"cost": 8, "added cost": 8, "replicas' memory": 2, "store's memory": 2, "store's cost": 1, "load": 9,
		"throughput": 12, "distance": 2,
	} {
		if all.count[kind] < least {
			t.Errorf("%s: only %d points were compared, want %d", kind, all.count[kind], least)
		}
	}
	refuses(t, p, full)
	ranks(t, p)
	formed(t, p, dir)
}

// refuses holds that what lies outside of what was measured is refused, with the range.
func refuses(t *testing.T, p *browser.Page, full map[string]float64) {
	t.Helper()
	got := advises(t, p, anything(ask{
		"rate": 1.01 * full["token-hs256"], "users": 100_001, "distance": 20.5, "claims": 4097, "replicas": 9,
	}))
	redis, token := got.of(t, "session-redis"), got.of(t, "token-hs256")
	why := fmt.Sprint(redis.Refused, redis.WaitRefused, redis.MemoryRefused, token.Refused)
	for _, want := range []string{
		"[which.range-replicas map[most:8]]", "[which.range-distance map[most:20]]",
		"[which.range-users map[most:100000]]", "[which.range-claims map[least:200 most:4096]]",
	} {
		if !strings.Contains(why, want) {
			t.Errorf("%s is not among %s", want, why)
		}
	}
	if len(got.Best) > 0 {
		t.Errorf("outside of what was measured the page recommends %v", got.Best)
	}
	token = advises(t, p, anything(ask{"rate": 1.01 * full["token-hs256"]})).of(t, "token-hs256")
	if token.Cores != nil || !strings.Contains(fmt.Sprint(token.Refused), "which.range-rate") {
		t.Errorf("more than a full replica answers: %+v", token)
	}
	for delay, why := range map[int]string{0: "which.ends-late", 60: "which.ends-setting"} {
		token = advises(t, p, anything(ask{"delay": delay})).of(t, "token-hs256")
		if !strings.Contains(fmt.Sprint(token.Reasons), "["+why+" map[time:900]]") {
			t.Errorf("with %d s a token does not fit because of %v, want %s", delay, token.Reasons, why)
		}
	}
	for _, bad := range []ask{{"rate": 0}, {"replicas": nil}, {"distance": -1}, {"claims": "x"}} {
		if got := advises(t, p, anything(bad)); len(got.Refused) == 0 || len(got.Rows) > 0 {
			t.Errorf("%v is answered", bad)
		}
	}
	for _, c := range []struct {
		of   ask
		best string
	}{
		{ask{"delay": 0, "failure": "requests"}, "[session-redis]"},
		{ask{"delay": 900, "failure": "nothing"}, "[token-hs256]"},
		{ask{"delay": 0, "failure": "nothing"}, "[]"},
	} {
		got := advises(t, p, anything(c.of))
		if fmt.Sprint(got.Best) != c.best {
			t.Errorf("%v: the page recommends %v, want %s", c.of, got.Best, c.best)
		}
		if len(got.Changes) == 0 {
			t.Errorf("%v: nothing would change the answer", c.of)
		}
	}
}

// ranks holds that schemes are compared by what the page shows: at the asked rate where it was measured there, and at
// saturation only beside a scheme that was measured nowhere else.
func ranks(t *testing.T, p *browser.Page) {
	t.Helper()
	const few = `(() => {
	const figure = (center) => ({center, low: 0.98 * center, high: 1.02 * center});
	const scheme = (name, us, load, store) => ({
		scheme: name, ends_within_s: 0, failure: "nothing", replicas_by_model: 4, share_of_control: [], store,
		costs: [{claims_bytes: 200, cpu_us: figure(us), added_us: figure(us / 3), ratio: figure(us / 15)}],
		load: [...load.map(([share, k]) => ({share, ratio: figure(k)})), {share: 1, ratio: figure(1)}],
	});
	const store = {
		commands_per_request: 2, commands_per_s_of_replica: 0, load: [], waits: [{distance_ms: 0, added_ms: figure(0)}],
	};
	const waits = scheme("waits", 20, [[0.02, 9]]), goes = scheme("goes", 30, [[0.03, 3]]);
	const full = scheme("full", 40, [], store);
	const ask = {rate: 1000, replicas: 1, users: 1, delay: 0, failure: "logins", distance: 0, claims: 200};
	const sets = {full: [full], both: [waits, goes], all: [waits, goes, full]};
	return (set, change) => authlab.advise({replicas: 4, schemes: sets[set]}, {...ask, ...change}, [0]);
	})()`
	for _, c := range []struct{ schemes, change, best string }{
		{"both", "{}", "goes by rate"},                  // 90 µs against 180 µs at 1000/s
		{"both", "{rate: 33000}", "waits,goes by rate"}, // between points: not told apart
		{"all", "{}", "goes by both: full"},             // what is not known below saturation, at it
		{"full", "{}", "full by only"},
	} {
		said := browser.Eval[string](p, "(() => { const a = ("+few+")("+fmt.Sprintf("%q, %s", c.schemes, c.change)+
			"); return "+
			"a.best.join() + ' by ' + a.by + (a.full.length ? ': ' + a.full.join() : ''); })()")
		if said != c.best {
			t.Errorf("%s asked %s: %q, want %q", c.schemes, c.change, said, c.best)
		}
	}
	asks := browser.Eval[string](p, "JSON.stringify(("+few+
		")('full', {claims: 4000}).rows.map((r) => [r.asks, r.store?.commands]))")
	if asks != "[[true,2000]]" {
		t.Errorf("a scheme with a store, with a token of a size that was not measured, asks it %s", asks)
	}
}

// formed uses the form by the keyboard and by its address, which says what was asked, and only that.
func formed(t *testing.T, p *browser.Page, dir string) {
	answer := func() string { return p.Text("#which .answer") }
	hash := func() string { return browser.Eval[string](p, "location.hash") }
	if got := answer(); !strings.Contains(got, "session-redis fits") || hash() != "" {
		t.Errorf("by default the page says %q at %q", got, hash())
	}
	p.Type("#which-rate", "2000")
	browser.Eval[int](p, "document.getElementById('which-delay').focus(), 0")
	p.Press("1") // chooses "1 s", as letters and digits do in a list
	want := "#rate=2000&delay=1"
	if got := hash(); got != want {
		t.Errorf("the address is %q, want %q", got, want)
	}
	said := answer()
	p.Go(fileURL(t, filepath.Join(dir, "report.html")) + "#which&open=&rate=2000&delay=1")
	if got := answer(); got != said || browser.Eval[string](p, "document.getElementById('which-rate').value") != "2000" {
		t.Errorf("the same address says %q, and %q before", got, said)
	}
	browser.Eval[int](p, "location.hash = '#scaling', 0")
	p.Await("location.hash === '#scaling&rate=2000&delay=1'")
	p.Type("#which-rate", "1000")
	p.Type("#which-users", "100001")
	if got := hash(); got != "#scaling&delay=1&users=100001" && got != "#scaling&users=100001&delay=1" {
		t.Errorf("with the default again, the address is %q", got)
	}
	if got := p.Text("#which"); !strings.Contains(got, "measured up to 100,000 users") {
		t.Errorf("too many users are not refused: %q", got)
	}
	for _, what := range append(p.Faults(), p.Audit()...) {
		t.Error(what)
	}
	keepsView(t, p, dir)
}

// keepsView: an address opens the page as it was left, with what was asked, unfolded and read in Korean.
func keepsView(t *testing.T, p *browser.Page, dir string) {
	t.Helper()
	address := fileURL(t, filepath.Join(dir, "report.html"))
	open := func(hash string) {
		p.Go("about:blank") // so that the page is read anew
		p.Go(address + hash)
	}
	open("#which&rate=2000&lang=ko")
	p.Click("#which-table-1 > summary")
	const left = "#which&rate=2000&lang=ko&open=which-table-1"
	p.Await(fmt.Sprintf("location.hash === %q", left))
	open(left)
	if !browser.Eval[bool](p, `document.getElementById("which-table-1").open && location.hash === "`+left+`" &&
		document.getElementById("which-rate").value === "2000"`) {
		t.Errorf("%s is opened as %s", left, browser.Eval[string](p, "location.hash"))
	}
	if got := p.Text("#which form"); !strings.Contains(got, "초당 요청 수") {
		t.Errorf("the form is not in Korean: %q", got)
	}
	p.Click("#which-table-1 > summary")
	p.Await(`location.hash === "#which&rate=2000&lang=ko"`)
}
