package run

import (
	"math"
	"strings"
	"testing"

	"authlab/loadtest/model"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

func TestUnobservedBottleneck(t *testing.T) {
	of := func(n float64) model.Prediction {
		return model.Prediction{Inputs: model.Inputs{Scheme: "session-redis"}, Crossover: stats.Exactly(n)}
	}
	for name, test := range map[string]struct {
		bottleneck      float64
		cores           int
		about, sentence string
		provide         string
	}{
		"too large for the machine": {
			14, 2, "session-redis × 21",
			"that its store is the bottleneck from 14.0 replicas on would be seen with 21: " +
				"21 replicas and a store at 0.05 core each take 1.10 cores",
			"a machine with more cores",
		},
		"not in the plan": {
			14, 64, "session-redis × 21",
			"would be seen with 21: the plan's largest size is 8", "add 21 to the sizes of the plan",
		},
		"observed": {5, 2, "", "", ""},
		"no store": {math.Inf(1), 2, "", "", ""},
	} {
		e, ok := beyondBottleneck(of(test.bottleneck), 8, test.cores, 0.05, plan.DefaultCosts)
		if ok != (test.about != "") || e.About != test.about || !strings.Contains(e.Text().String(), test.sentence) ||
			!strings.Contains(e.Hint().String(), test.provide) {
			t.Errorf("%s: %t, %+v", name, ok, e)
		}
	}
}
