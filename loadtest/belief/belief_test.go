package belief

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// asked is a plan that tests every belief.
const asked = `
name: asked
schemes: [session-memory, session-sticky, session-redis, session-near, token-hs256, token-denylist]
resolution: 0.1
demand:
  slice: 50ms
  rounds: 96
  launches: 8
  connections: 64
  also: [token-rs256, token-hs256-claims-512, token-hs256-claims-6144]
scaling: {replicas: [1, 2, 8], budget: 0.1, slice: 200ms, rounds: 8, connections: 16}
latency: {replicas: 2, rates: [1000], slice: 1s, samples: 10000}
delays: {replicas: 3, logins: 20}
memory: {logins: [1000, 10000], starts: 6}
`

func judged(t *testing.T, l measuretest.Lab) map[string]Finding {
	t.Helper()
	l.Seed, l.Noise = 3, 0.02
	all := map[string]Finding{}
	for _, f := range Judge(analysis.Compare(l.Run())) {
		if said := f.Said.String(); said == "" || strings.Contains(said, "<no value>") || f.Claim.String() == "" {
			t.Errorf("%s: %q says %q", f.ID, f.Claim, said)
		}
		if words := f.Words.String(); words == "" || strings.Contains(words, "in part") {
			t.Errorf("%s: the verdict %q does not say what holds", f.ID, words)
		}
		all[f.ID] = f
	}
	return all
}

// usual are costs as the committed runs have them: a token lies between sessions in memory and sessions in Redis.
func usual() map[string]float64 {
	return map[string]float64{
		plan.Control: 30, plan.Twin: 30, inMemory: 34, pinned: 34, inRedis: 50, cached: 35, plain: 40, listed: 60, rsa: 70,
		plain + "-claims-512": 42, plain + "-claims-6144": 60,
	}
}

// TestVerdicts is the truth table: what makes each belief hold, fail or depend.
func TestVerdicts(t *testing.T) {
	with := func(change map[string]float64) map[string]float64 {
		costs := usual()
		for name, us := range change {
			costs[name] = us
		}
		return costs
	}
	for name, test := range map[string]struct {
		lab  measuretest.Lab
		want map[string]Verdict
	}{
		"a usual store, full at 4": {measuretest.Lab{Plan: asked, Costs: usual(), Store: 12}, map[string]Verdict{
			"belief-scale": Depends, "belief-faster": Depends, "belief-28": Fails, "belief-latency": Fails,
			"belief-lookup": Depends, "belief-hybrid": Depends, "belief-revoke": Fails, "belief-short": Depends,
			"belief-stale": Depends, "belief-sticky": Depends, "belief-memory": Depends, "belief-signing": Depends,
			"belief-rs256": Fails, "belief-size": Fails,
		}},
		"a store that nothing waits for": {measuretest.Lab{Plan: asked, Costs: usual(), Store: 1}, map[string]Verdict{
			"belief-scale": Fails,
		}},
		"tokens cheaper than all sessions": {
			measuretest.Lab{Plan: asked, Costs: with(map[string]float64{inMemory: 50, inRedis: 2000, plain: 40, rsa: 40})},
			map[string]Verdict{"belief-faster": Holds, "belief-28": Holds, "belief-signing": Fails},
		},
		"tokens more expensive than all sessions": {
			measuretest.Lab{Plan: asked, Costs: with(map[string]float64{plain: 90, plain + "-claims-6144": 80})},
			map[string]Verdict{"belief-faster": Fails, "belief-signing": Holds, "belief-rs256": Holds, "belief-size": Holds},
		},
	} {
		all := judged(t, test.lab)
		for id, want := range test.want {
			if got := all[id]; got.Verdict != want {
				t.Errorf("%s: %s is %q, want %q: %s", name, id, got.Verdict, want, got.Said)
			}
			if got := all[id].Words.String(); want == Depends && strings.HasPrefix(got, "does not") {
				t.Errorf("%s: %s holds in part, and its verdict is %q", name, id, got)
			}
		}
	}
}

// TestWhatAPlanLacksIsNotTested: nor is anything in a void run.
func TestWhatAPlanLacksIsNotTested(t *testing.T) {
	few := judged(t, measuretest.Lab{Plan: "name: few\nschemes: [session-postgres]\nresolution: 0.1\n" +
		"demand: {slice: 50ms, rounds: 12, launches: 2, connections: 64}\n"})
	a := analysis.Compare(measuretest.Lab{Plan: asked, Costs: usual(), Seed: 3, Noise: 0.02}.Run())
	a.Void = message.Say("run.killed")
	for _, f := range Judge(a) {
		if f.Verdict != Untested {
			t.Errorf("in a void run %s is %q", f.ID, f.Verdict)
		}
		if got := few[f.ID]; got.Verdict != Untested {
			t.Errorf("without its scheme %s is %q: %s", f.ID, got.Verdict, got.Said)
		}
	}
}

// TestBeliefsAreWellFormed: each has an id of its own and a source that can be visited.
func TestBeliefsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range beliefs {
		u, err := url.Parse(b.source.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" || b.source.Title == "" {
			t.Errorf("%s: its source is %+v", b.id, b.source)
		}
		if seen[b.id] || !strings.HasPrefix(b.id, "belief-") {
			t.Errorf("the id %s", b.id)
		}
		seen[b.id] = true
	}
}

// TestWhereTokensAreFaster: a claim that holds in part says in which part, as far as the run can tell.
func TestWhereTokensAreFaster(t *testing.T) {
	about := func(center float64) stats.Estimate {
		return stats.Estimate{Center: center, Low: center - 0.05, High: center + 0.05, N: 8}
	}
	waited := func(name string, p50 time.Duration, ratio stats.Estimate) analysis.Latency {
		return analysis.Latency{Name: name, Rate: 1000, Sent: analysis.Quantiles{P50: p50}, Median: ratio}
	}
	for name, c := range map[string]struct {
		cpu            float64
		session, token float64 // median ÷ the control's
		want           string
	}{
		"in part, by its CPU": {0.8, 1.6, 1.1, "Only beside sessions in Redis."},
		"in part, by waiting": {1, 1.6, 1.1, "Only in that no token waits for Redis; it is not seen to save CPU."},
		"by neither":          {1, 1.1, 1.1, "Beside sessions in Redis no difference is seen."},
	} {
		a := &analysis.Analysis{Latency: []analysis.Latency{
			waited(inRedis, 400*time.Microsecond, about(c.session)), waited(plain, 300*time.Microsecond, about(c.token)),
		}}
		if got := where(a, about(c.cpu)).String(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := where(&analysis.Analysis{}, about(1)).String(); !strings.Contains(got, "no difference") {
		t.Errorf("without latencies: %q", got)
	}
}
