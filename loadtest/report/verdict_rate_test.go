package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// waking is a lab whose replicas wait between the requests of a fixed rate: each takes the control's 150 µs then, and
// more with the schemes of adds.
func waking(adds map[string]float64) measuretest.Lab {
	return with(func(l *measuretest.Lab) { l.Change = waken(adds) })
}

func waken(adds map[string]float64) func(*record.Slice) {
	return func(r *record.Slice) {
		if r.Kind != plan.LatencyCell {
			return
		}
		us := (150 + adds[r.Scheme] + float64(r.Round%3)) * float64(r.Served)
		for i := range r.Replicas {
			name := fmt.Sprintf("replica-%d", i)
			use := r.Use[name]
			use.CPU = time.Duration(us*1000) / time.Duration(r.Replicas)
			r.Use[name] = use
		}
	}
}

// TestCostsAtARateComeFirst: servers wait between requests almost all of their lives, so the first card says what
// authentication adds then, and what it adds at saturation after that.
func TestCostsAtARateComeFirst(t *testing.T) {
	for name, c := range map[string]struct {
		adds  map[string]float64
		wants []string
	}{
		"sessions take more": {
			map[string]float64{"session-redis": 100, "token-hs256": 1},
			[]string{
				"At 1000 requests/s a session in Redis adds 100 µs of CPU to a request, a token (JWT, HS256) too little to tell.",
				"Redis +100 µs · JWT ~", "Of a handler that takes 1 ms of CPU, what a session in Redis adds is 10 %.",
				"travel to Redis together, a session adds 20.5 µs and a token 12.5 µs.",
			},
		},
		"both": {
			map[string]float64{"session-redis": 100, "token-hs256": 60},
			[]string{"Redis +100 µs · JWT +60 µs", "a token (JWT, HS256) 60 µs."},
		},
		"neither can be told": {
			map[string]float64{"session-redis": 1},
			[]string{"Redis +20.5 µs · JWT +12.5 µs", "little beside a handler"},
		},
	} {
		a := analysis.Compare(waking(c.adds).Run())
		text := strings.ReplaceAll(frontText(a), "\u00a0", " ")
		for _, want := range c.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, text)
			}
		}
		table := strings.ReplaceAll(rateTable(a).Markdown(message.English), "\u00a0", " ")
		for scheme, us := range c.adds {
			row := regexp.MustCompile(fmt.Sprintf(`\| %s +\| +1000 \| +%.0f`, scheme, 151+us)) // the median round
			if !row.MatchString(table) {
				t.Errorf("%s: the table does not say that %s takes %g µs at 1000/s:\n%s", name, scheme, 151+us, table)
			}
		}
		if lines := strings.Count(table, "\n"); lines < 2+2*len(a.Run.Plan.LatencySchemes()) {
			t.Errorf("%s: the table has not every scheme at both rates:\n%s", name, table)
		}
	}
}

// TestWhichAtARate: where requests were measured at a fixed rate, the page answers with what they take then, of the
// replicas and of the store. Between that rate and saturation it answers with what both enclose; below, with at least
// as much.
func TestWhichAtARate(t *testing.T) {
	b := browser.Start(t)
	a := analysis.Compare(with(func(l *measuretest.Lab) {
		l.Plan, l.Change = chosen, waken(map[string]float64{"session-redis": 100})
	}).Run())
	p, _ := opened(t, b, a)
	for _, x := range a.Latency {
		if x.Name != "session-redis" && x.Name != "token-hs256" {
			continue
		}
		rate := func(rate float64) advised {
			return advises(t, p, anything(ask{"rate": rate, "replicas": 2})).of(t, x.Name)
		}
		at := rate(x.Rate)
		near := func(what string, got, want float64) {
			if got < want-1e-6 || got > want+1e-6 {
				t.Errorf("%s of %s at %g/s: the page says %g, report.json %g", what, x.Name, x.Rate, got, want)
			}
		}
		near("cores", at.Cores.Center, x.Load.CPU.Center*x.Rate/1e6)
		near("added", at.Added.Center, x.Load.Added.Center*x.Rate/1e6)
		near("the lowest added", at.Added.Low, x.Load.Added.Low*x.Rate/1e6)
		if x.Load.Store > 0 {
			near("the store's cores", at.Store.Cores.Center, x.Load.Store*x.Rate/1e6)
		}
		if below := rate(x.Rate / 2); at.Least || !below.Least || below.Added.Center > at.Added.Center {
			t.Errorf("%s: at half of the lowest rate %+v, at it %+v", x.Name, below, at)
		}
		between, full := rate(4*x.Rate), costOf(a, x.Name)
		if low := full.Added.Low * 4 * x.Rate / 1e6; between.Least || between.Added.Low > low+1e-6 ||
			between.Added.High < x.Load.Added.High*4*x.Rate/1e6-1e-6 {
			t.Errorf("%s: between the rate and saturation %+v does not enclose both", x.Name, between.Added)
		}
	}
}
