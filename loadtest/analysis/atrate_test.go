package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// waking is a run whose replicas wait between requests: each request of a scheme takes that many times the control's
// CPU at a fixed rate, with noise of 10 % in each slice.
func waking(factors map[string]float64) *Analysis {
	l := lab()
	l.Plan = strings.Replace(everything, "samples: 2000", "samples: 10000", 1)
	random := rand.New(rand.NewPCG(1, 2))
	l.Change = func(r *record.Slice) {
		if r.Kind != plan.LatencyCell {
			return
		}
		factor, known := factors[r.Scheme]
		if !known {
			factor = 1
		}
		us := 150 * factor * math.Exp(0.1*random.NormFloat64()) * float64(r.Served)
		for i := range r.Replicas {
			name := fmt.Sprintf("replica-%d", i)
			use := r.Use[name]
			use.CPU = time.Duration(us*1000) / time.Duration(r.Replicas)
			r.Use[name] = use
		}
	}
	return Compare(l.Run())
}

func atLowest(t *testing.T, a *Analysis, scheme string) AtRate {
	t.Helper()
	for _, x := range a.Latency { // the lowest rate comes first
		if x.Name == scheme {
			return x.Load
		}
	}
	t.Fatalf("no latency of %s", scheme)
	return AtRate{}
}

// TestCostAtARate: a planted difference is found within its interval and called, none is called where there is none,
// and none at all where the control differs from itself.
func TestCostAtARate(t *testing.T) {
	a := waking(map[string]float64{"session-redis": 1.6})
	redis, token, twin := atLowest(t, a, "session-redis"), atLowest(t, a, "token-hs256"), atLowest(t, a, plan.Twin)
	if r := redis.Ratio; r.Low > 1.6 || r.High < 1.6 || !redis.Resolved || math.Abs(redis.Added.Center-90) > 25 {
		t.Errorf("60 %% more CPU at the rate is %+v", redis)
	}
	if token.Resolved || twin.Resolved || atLowest(t, a, plan.Control).Resolved {
		t.Errorf("what costs as much as the control is told from it: %+v, %+v", token, twin)
	}
	a = waking(map[string]float64{"session-redis": 1.6, plan.Twin: 1.5})
	if redis = atLowest(t, a, "session-redis"); redis.Resolved {
		t.Errorf("the control differs from itself, and %+v is called", redis)
	}
	a = waking(map[string]float64{"session-redis": 1.6, "session-memory": 0.6, "session-sticky": 0.6, "token-hs256": 0.6})
	if redis = atLowest(t, a, "session-redis"); redis.Resolved || atLowest(t, a, "token-hs256").Resolved {
		t.Errorf("a scheme costs less than the control, and %+v is called", redis)
	}
}

// TestDriftAtARate: where the control's cost at a rate drifts, what is absolute is known as a range, and ratios hold.
func TestDriftAtARate(t *testing.T) {
	drifts := func(by float64) AtRate {
		l := lab()
		l.Plan = strings.Replace(everything, "samples: 2000", "samples: 10000", 1)
		l.Change = func(r *record.Slice) {
			if r.Kind != plan.LatencyCell {
				return
			}
			for i := range r.Replicas {
				name := fmt.Sprintf("replica-%d", i)
				use := r.Use[name]
				use.CPU = time.Duration((150 + by*float64(r.Round)) * 1000 * float64(r.Served) / float64(r.Replicas))
				r.Use[name] = use
			}
		}
		return atLowest(t, Compare(l.Run()), plan.Control)
	}
	if steady := drifts(0); !steady.Drift.IsZero() {
		t.Errorf("a steady control drifts: %v", steady.Drift)
	}
	if risen := drifts(10); risen.Drift.IsZero() || risen.Thirds.High < 1.2*risen.Thirds.Low {
		t.Errorf("a control that rose: %v, %v", risen.Drift, risen.Thirds)
	}
}

// TestFasterThanTheControl: a median below the control's, beyond its interval, doubts the latencies of its rate.
func TestFasterThanTheControl(t *testing.T) {
	a := waking(nil)
	rate := a.Latency[0].Rate
	for i := range a.Latency {
		if x := &a.Latency[i]; x.Rate == rate && x.Name == "token-hs256" {
			x.Median.Center, x.Median.Low, x.Median.High = 0.8, 0.7, 0.9
		}
	}
	a.resolveAtRates()
	for _, x := range a.Latency {
		if got := !x.Doubt.IsZero(); got != (x.Rate == rate) {
			t.Errorf("%s at %g is doubted: %v", x.Name, x.Rate, x.Doubt)
		}
	}
}
