package stats

import (
	"encoding/json"
	"math"
	"testing"
)

func TestIntervalsSurviveJSON(t *testing.T) {
	for _, want := range []Interval{{2, 1, 3}, Exactly(math.Inf(1)), {5, 4, math.Inf(1)}} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Interval
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Errorf("%v came back from %s as %v: %v", want, text, got, err)
		}
	}
}
