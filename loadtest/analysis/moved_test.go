package analysis

import (
	"strings"
	"testing"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// favoured is a run of a machine that makes one scheme cheaper, in all its launches, in some of the rounds.
func favoured(scheme string, by func(round int) float64) *Analysis {
	l := lab()
	l.Noise, l.Luck = 0.01, 0.001
	l.Change = func(r *record.Slice) {
		if r.Kind == plan.DemandCell && r.Scheme == scheme && r.Tier == "replica" {
			more := func(n uint64) uint64 { return uint64(float64(n) / by(r.Round)) }
			r.Sent, r.Served, r.Verdicts[record.OK] = more(r.Sent), more(r.Served), more(r.Verdicts[record.OK])
			for i, n := range r.ByReplica {
				r.ByReplica[i] = more(n)
			}
		}
	}
	return Compare(l.Run())
}

// TestAMachineThatFavoursAScheme: launches that agree with each other do not hide that the machine changed for their
// scheme while the run went on; and a scheme that costs less than nothing lets no cost be called.
func TestAMachineThatFavoursAScheme(t *testing.T) {
	steady := favoured("token-hs256", func(int) float64 { return 1 })
	if c := costOf(t, steady, "token-hs256"); c.Moved || !c.Resolved {
		t.Errorf("a steady machine: %+v", c)
	}
	late := favoured("token-hs256", func(round int) float64 {
		if round >= 12 {
			return 0.7
		}
		return 1
	})
	c := costOf(t, late, "token-hs256") // truly 52 ÷ 40
	if !c.Moved || c.Ratio.High < 1.25 || c.Ratio.Low > 0.95 {
		t.Errorf("30 %% less from the middle on: moved %v, %+v", c.Moved, c.Ratio)
	}
	if r := late.CostRatio("session-redis", "token-hs256"); r.High < 1.6 || r.Low > 1.2 { // 60 ÷ 52, and 60 ÷ 36 later
		t.Errorf("the ratio to a scheme that moved is %+v", r)
	}
	if costOf(t, late, "session-redis").Moved {
		t.Error("another scheme moved with it")
	}
	whole := favoured("session-memory", func(int) float64 { return 0.8 }) // truly 44 ÷ 40
	if said := whole.Noisy.String(); !strings.Contains(said, "session-memory cost 0.8") {
		t.Errorf("a scheme cheaper than no authentication: %q", said)
	}
	if costOf(t, whole, "session-redis").Resolved {
		t.Error("and a cost is called")
	}
	if costly := favoured("session-memory", func(int) float64 { return 1.1 }); !costly.Noisy.IsZero() {
		t.Errorf("a more costly scheme: %v", costly.Noisy)
	}
}

// TestAClusterThatAnswersTooMuch: a scheme that answers more than the control lets no share of that size be called.
func TestAClusterThatAnswersTooMuch(t *testing.T) {
	grown := func(by float64) *Analysis {
		l := lab()
		l.Noise, l.Luck = 0.01, 0.001
		l.Change = func(r *record.Slice) {
			if r.Kind == plan.ScalingCell && r.Scheme == "token-hs256" && r.Replicas == 1 {
				more := func(n uint64) uint64 { return uint64(float64(n) * by) }
				r.Sent, r.Served, r.Verdicts[record.OK] = more(r.Sent), more(r.Served), more(r.Verdicts[record.OK])
				for i, n := range r.ByReplica {
					r.ByReplica[i] = more(n)
				}
			}
		}
		return Compare(l.Run())
	}
	for by, doubted := range map[float64]bool{1: false, 2: true} { // truly 40 ÷ 52
		for _, x := range grown(by).Scaling {
			if got := !x.Doubt.IsZero(); got != (doubted && x.Replicas == 1) {
				t.Errorf("× %g: %s with %d replicas is doubted: %v %v", by, x.Name, x.Replicas, x.Doubt, x.Control)
			}
		}
	}
}
