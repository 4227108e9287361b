package replay

import (
	"strings"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

func TestReplayMistakesAreNamed(t *testing.T) {
	for _, m := range []struct{ old, new, want string }{
		{"slice: 50ms", "slice: 0s", "replay needs a slice, up to 1m"},
		{"slice: 50ms", "slice: 2m", "replay needs a slice, up to 1m"},
		{"rounds: 3", "rounds: 0", "1 to 10000 rounds"},
		{"rounds: 3", "rounds: 10001", "1 to 10000 rounds"},
		{"starts: 2", "starts: 0", "1 to 1000 starts"},
		{"starts: 2", "starts: 1001", "1 to 1000 starts"},
		{"connections: 64", "connections: 0", "connections and 2 to 256 lanes"},
		{"lanes: 8", "lanes: 1", "2 to 256 lanes"},
		{"lanes: 8", "lanes: 257", "2 to 256 lanes"},
	} {
		if _, err := plan.Parse("mine.yaml", []byte(strings.Replace(replaying, m.old, m.new, 1)), Kind.Part); err == nil ||
			!strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: %v, want %q", m.new, err, m.want)
		}
	}
}

// TestReplayStage: only session-redis asks a Redis in each request, so that its starts and rounds are the stage.
func TestReplayStage(t *testing.T) {
	p, err := plan.Parse("mine.yaml", []byte(replaying), Kind.Part)
	if err != nil {
		t.Fatal(err)
	}
	costs := plan.Costs{Start: time.Second, SignIn: 10 * time.Millisecond, Hop: 5 * time.Millisecond}
	stages := p.Predict(costs)
	want := 2 * (time.Second + 100*10*time.Millisecond + 50*time.Millisecond + recording + 3*110*time.Millisecond)
	if len(stages) != 1 || stages[0].Time != want {
		t.Errorf("%+v, want %v", stages, want)
	}
}
