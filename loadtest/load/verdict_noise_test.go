package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// recordedWeather is how the cost of a request wandered during a committed run: the logarithm of each slice of demand,
// less the median of its launch, in the order in which they were measured.
func recordedWeather(t *testing.T, name string) (path []float64) {
	t.Helper()
	run, err := record.Read(filepath.Join("..", "..", "results", name), all.Parts()...)
	if err != nil {
		t.Fatal(err)
	}
	type launch struct {
		scheme  string
		restart int
	}
	cost := func(s record.Slice) float64 {
		return math.Log(s.Use[fmt.Sprint("replica-", s.First)].CPU.Seconds() / float64(s.Served))
	}
	cells := slices.DeleteFunc(run.Slices, func(s record.Slice) bool {
		return s.Kind != plan.DemandCell || s.Tier != string(cluster.Replica)
	})
	of := map[launch][]float64{}
	for _, s := range cells {
		of[launch{s.Scheme, s.Restart}] = append(of[launch{s.Scheme, s.Restart}], cost(s))
	}
	for _, s := range cells {
		path = append(path, cost(s)-stats.Median(of[launch{s.Scheme, s.Restart}]))
	}
	return path
}

// world replays recorded interference in stretches of 30 s, each from a moment that is drawn anew.
type world struct {
	rng           *rand.Rand
	path          []float64
	at, left      int
	now           time.Duration
	luck, planted float64 // by how much launches differ, and the second server from the first, as logarithms
}

// slice is the interference of the next 50 ms.
func (w *world) slice() float64 {
	if w.left == 0 {
		w.at, w.left = w.rng.IntN(len(w.path)), int(30*time.Second/hopSlice)
	}
	w.at, w.left = (w.at+1)%len(w.path), w.left-1
	w.now += hopSlice
	return w.path[w.at]
}

func (w *world) elapsed() time.Duration { return w.now }

// Hopping also takes time to start its launches, about as much as this, and to end a slice: in the committed runs, one
// slice begins 54 ms after another. Turns are given the load alone.
const (
	toStart = 700 * time.Millisecond
	toEnd   = 4 * time.Millisecond
)

func (w *world) hops() verdict {
	lucks := make([]float64, standing)
	for i := range lucks {
		lucks[i] = math.Sqrt2 * w.luck * w.rng.NormFloat64() // of the two launches of a visit
	}
	w.now = toStart
	return hop(func(launch int) float64 {
		a, b := w.slice(), w.slice()
		w.now += 2 * toEnd
		if w.rng.IntN(2) == 0 {
			a, b = b, a
		}
		return math.Exp(w.planted + lucks[launch] + b - a)
	}, w.elapsed)
}

func (w *world) turns() (corrected, peeked verdict) {
	w.now = 0
	return inTurns(func(server int) (rate float64) {
		cost := w.planted*float64(server) + w.luck*w.rng.NormFloat64()
		for range int(turn / hopSlice) {
			rate += math.Exp(-cost - w.slice())
		}
		return rate
	}, w.elapsed)
}

// TestVerdicts holds both methods to their word on recorded noise: neither calls a server different from itself in more
// than 5 % of the runs, and hopping finds 5 % in at least nine of ten. Looks at 5 % after every pair do not keep their
// word. Where a machine's speed changes for minutes, as while results/reference was measured, turns of 10 s do not
// either: to them that is a difference. The tables are logged.
func TestVerdicts(t *testing.T) {
	const runs = 1000
	for _, noise := range []struct {
		run    string
		share  float64 // a quiet machine has less than a shared one
		stormy bool    // for minutes
	}{{"reference", 1, true}, {"rows", 1, false}, {"rows", 1. / 3, false}} {
		path := recordedWeather(t, noise.run)
		for i := range path {
			path[i] *= noise.share
		}
		for truth, planted := range []float64{0, math.Log(1.05)} {
			w := &world{rng: rand.New(rand.NewPCG(1, 2)), path: path, luck: 0.01, planted: planted}
			hopped, turned, peeked := verdicts{method: hopping}, verdicts{method: turns}, verdicts{method: peeking}
			for range runs {
				hopped.all = append(hopped.all, w.hops())
				corrected, asPeopleDo := w.turns()
				turned.all, peeked.all = append(turned.all, corrected), append(peeked.all, asPeopleDo)
			}
			t.Logf("%.2f of the noise of results/%s, planted %.0f %%\n%s", noise.share, noise.run,
				100*(math.Exp(planted)-1), table(truth, hopped, turned, peeked))
			keptItsWord(t, truth, hopped)
			if !noise.stormy {
				keptItsWord(t, truth, turned)
			}
			compared(t, truth, hopped, turned, peeked)
		}
	}
}

func keptItsWord(t *testing.T, truth int, v verdicts) {
	t.Helper()
	if _, wrong := v.calls(truth); wrong > len(v.all)/20 {
		t.Errorf("%s: %d of %d verdicts are wrong", v.method, wrong, len(v.all))
	}
}

func compared(t *testing.T, truth int, hopped, turned, peeked verdicts) {
	t.Helper()
	runs := len(hopped.all)
	if truth == 0 {
		if _, wrong := peeked.calls(truth); wrong <= runs/20 {
			t.Errorf("looks at 5 %% call only %d of %d A/A runs: then they need no correction", wrong, runs)
		}
		return
	}
	if right, _ := hopped.calls(truth); right < runs*9/10 {
		t.Errorf("hopping found 5 %% in %d of %d runs", right, runs)
	}
	_, fast, _ := hopped.waits(truth)
	if _, slow, _ := turned.waits(truth); slow.Duration < 10*fast.Duration {
		t.Errorf("hopping takes %v and turns %v", fast, slow)
	}
}
