package analysis

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
	"authlab/scripts/longtest"
)

// recorded is the noise of committed runs: how the ratios of single rounds, as logarithms, scatter around the median of
// their launch (demand) or of their cluster (scaling).
type recorded struct{ demand, scaling []float64 }

func noiseOfRuns(t *testing.T, names ...string) (all recorded) {
	t.Helper()
	for _, name := range names {
		run, err := measure.Read(filepath.Join("..", "..", "results", name))
		if err != nil {
			t.Fatal(err)
		}
		a := Compare(run)
		all.demand = append(all.demand, residuals(a, plan.DemandCell, func(m *measure.Measurement) float64 {
			if m.Tier != "replica" {
				return 0
			}
			return micros(m, "replica")
		})...)
		all.scaling = append(all.scaling, residuals(a, plan.ScalingCell, answered)...)
	}
	return all
}

func residuals(a *Analysis, kind plan.Kind, figure func(*measure.Measurement) float64) (all []float64) {
	type cell struct {
		scheme            string
		replicas, restart int
	}
	control := map[[2]int]float64{} // by size and round
	groups := map[cell][]float64{}
	var order []cell
	cells := a.valid(func(m *measure.Measurement) bool { return m.Kind == kind && figure(m) > 0 })
	for _, m := range cells {
		if m.Scheme == plan.Control {
			control[[2]int{m.Replicas, m.Round}] = figure(m)
		}
	}
	for _, m := range cells {
		base := control[[2]int{m.Replicas, m.Round}]
		if m.Scheme == plan.Control || base == 0 || loses(m.Scheme) && kind == plan.ScalingCell {
			continue
		}
		c := cell{m.Scheme, m.Replicas, m.Restart}
		if groups[c] == nil {
			order = append(order, c)
		}
		groups[c] = append(groups[c], math.Log(figure(m)/base))
	}
	for _, c := range order {
		center := stats.Median(groups[c])
		for _, v := range groups[c] {
			all = append(all, v-center)
		}
	}
	return all
}

// TestCoverage holds the intervals by which differences are called to their word: with the noise of recorded runs, and
// launches that differ by as much as they were ever seen to, at least 94 % of them hold the truth. The power is logged
// with it: how often a difference is called.
func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("many simulated runs are skipped with -short")
	}
	noise := noiseOfRuns(t, "reference", "rows")
	runs, resampled := longtest.Times(4000, 1000), longtest.Times(300, 75)
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(from []float64) float64 { return from[rng.IntN(len(from))] }
	launchOf := func(own float64) float64 { return math.Sqrt2 * own * rng.NormFloat64() } // and the control's
	for _, test := range []struct {
		name             string
		launches, rounds int     // rounds of a launch
		luck             float64 // by how much launches differ
		truth            float64 // ratio
		power            float64 // at least
	}{
		{"quick, the same", 6, 13, 0.01, 1, 0},
		{"quick, launches that differ much", 6, 13, 0.06, 1, 0},
		{"quick, 10 %", 6, 13, 0.01, 1.10, 0.8},
		{"bench, the same", 8, 32, 0.01, 1, 0},
		{"bench, launches that differ much", 8, 32, 0.06, 1, 0},
		{"bench, 4 %", 8, 32, 0.01, 1.04, 0.8},
		{"bench, 4 %, launches that differ", 8, 32, 0.03, 1.04, 0},
		{"quick, 10 %, launches that differ", 6, 13, 0.03, 1.10, 0.8},
	} {
		held, called, width := 0, 0, 0.0
		ordered, orderedWidth, again := 0, 0.0, 0
		for i := range runs {
			medians, all := make([]float64, test.launches), make([][]float64, test.launches)
			for j := range medians {
				luck := launchOf(test.luck)
				of := make([]float64, test.rounds)
				for i := range of {
					of[i] = test.truth * math.Exp(luck+draw(noise.demand))
				}
				medians[j], all[j] = stats.Median(of), of
			}
			e, o := stats.Ratios(medians, 0), stats.Of(medians)
			ordered, orderedWidth = ordered+one(!o.Excludes(test.truth)), orderedWidth+o.Width()/float64(runs)
			if i < resampled {
				again += one(bootstrap(rng, all, test.truth))
			}
			held, called, width = held+one(!e.Excludes(test.truth)), called+one(e.Excludes(1)), width+e.Width()/float64(runs)
		}
		report(t, test.name, held, called, runs, width, test.truth, test.power)
		t.Logf("%-42s   order statistics ± %.1f %%, %.1f %%; a bootstrap of medians %.1f %%", "", 100*orderedWidth,
			100*float64(ordered)/float64(runs), 100*float64(again)/float64(resampled))
	}
	for _, test := range []struct {
		name             string
		replicas, rounds int
		luck             float64
		truth            float64
	}{
		{"a cluster of 8, the same", 8, 8, 0.03, 1},
		{"a cluster of 8, launches that differ much", 8, 8, 0.06, 1},
		{"a cluster of 24, the same", 24, 8, 0.045, 1},
		{"a cluster of 24, beyond a bottleneck", 24, 8, 0.045, 0.6},
	} {
		held, called, width := 0, 0, 0.0
		for range runs {
			luck := 0.0
			for range test.replicas {
				luck += launchOf(test.luck) / float64(test.replicas)
			}
			of := make([]float64, test.rounds)
			for i := range of {
				of[i] = test.truth * math.Exp(luck+draw(noise.scaling))
			}
			e := stats.Ratios(of, launchesDiffer/float64(test.replicas))
			held, called, width = held+one(!e.Excludes(test.truth)), called+one(e.Excludes(1)), width+e.Width()/float64(runs)
		}
		report(t, test.name, held, called, runs, width, test.truth, 0)
	}
}

func report(t *testing.T, name string, held, called, runs int, width, truth, power float64) {
	t.Helper()
	covered, told := float64(held)/float64(runs), float64(called)/float64(runs)
	t.Logf("%-42s ± %4.1f %%, %4.1f %% hold the truth, %5.1f %% differ from 1", name, 100*width, 100*covered, 100*told)
	// Fewer draws are less sure of the share by up to two of their standard errors.
	least := 0.94 - 2*math.Sqrt(0.05*0.95)*(1/math.Sqrt(float64(runs))-1/math.Sqrt(4000))
	if covered < least {
		t.Errorf("%s: only %.1f %% of the intervals hold the truth", name, 100*covered)
	}
	if truth == 1 && told > 0.068 {
		t.Errorf("%s: %.1f %% of the runs tell a program from itself", name, 100*told)
	}
	if told < power {
		t.Errorf("%s: called in %.1f %% of the runs, want %.0f %%", name, 100*told, 100*power)
	}
}

// bootstrap reports whether the middle 95 % of the means of launches and rounds drawn again hold the truth: of each
// launch's rounds the median, of these the geometric mean.
func bootstrap(rng *rand.Rand, launches [][]float64, truth float64) bool {
	const times = 200
	means := make([]float64, times)
	for i := range means {
		for range launches {
			of := launches[rng.IntN(len(launches))]
			drawn := make([]float64, len(of))
			for k := range drawn {
				drawn[k] = of[rng.IntN(len(of))]
			}
			slices.Sort(drawn)
			means[i] += math.Log(drawn[len(drawn)/2]) / float64(len(launches))
		}
	}
	slices.Sort(means)
	return means[times/40] <= math.Log(truth) && math.Log(truth) <= means[times-1-times/40]
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
