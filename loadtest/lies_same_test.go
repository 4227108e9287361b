package main

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/plan"
	"authlab/loadtest/report"
	"authlab/scripts/longtest"
)

// TestLie6TheSameProgramTwice: a lab that believed its noise would say that a program costs more than itself. The noise
// is that of the reference run.
func TestLie6TheSameProgramTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("many simulated runs are skipped with -short")
	}
	reference, err := measure.Read(filepath.Join("..", "results", "reference"))
	if err != nil {
		t.Fatal(err)
	}
	cost, throughput := noiseOf(reference, plan.DemandCell), noiseOf(reference, plan.ScalingCell)
	const replicas = 4
	throughput.start = cost.start // each replica is a launch with its own luck
	for _, test := range []struct {
		name, stage string
		noise
		different func(*analysis.Analysis) bool
	}{
		{"cost", "demand: {slice: 50ms, rounds: 30, launches: 6, connections: 16}", cost, func(a *analysis.Analysis) bool {
			return costsMoreThanItself.MatchString(report.MainTable(a))
		}},
		{
			"throughput",
			fmt.Sprintf("scaling: {replicas: [%d], budget: 0.1, slice: 200ms, rounds: 24, connections: 16}", replicas),
			throughput, func(a *analysis.Analysis) bool {
				return a.Scaling[1].Name == plan.Twin && a.Scaling[1].Control.Excludes(1)
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			runs := longtest.Times(1000, 200)
			different := 0
			l := measuretest.Lab{
				Plan:  "name: twice\nschemes: [token-hs256]\nresolution: 0.5\n" + test.stage,
				Noise: test.slice, Interference: test.round, Luck: test.start,
			}
			for l.Seed = range uint64(runs) {
				if test.different(analysis.Compare(l.Run())) {
					different++
				}
			}
			share := 100 * float64(different) / float64(runs)
			t.Logf("with noise of %+.3f, %.1f %% of the runs tell the control from itself", test.noise, share)
			if share > 6.8 {
				t.Errorf("want 6.8 %% or less: 5 %%, and what chance adds in a thousand runs")
			}
		})
	}
}

// costsMoreThanItself matches the line of the main table that gives the control's twin another cost than the control,
// where ~ belongs.
var costsMoreThanItself = regexp.MustCompile(`(?m)^\| control-again +\| +[+-]\d`)

// noise is how much a figure varies from slice to slice, from round to round (for all schemes alike), and from start to
// start: standard deviations of its logarithm.
type noise struct{ slice, round, start float64 }

// noiseOf splits the noise of a run's two controls into its parts.
func noiseOf(r *measure.Run, kind plan.Kind) noise {
	type visit struct{ restart, round, replicas int }
	figures := map[visit]map[string]float64{}
	for _, m := range r.Measurements {
		if m.Kind != kind || m.Tier != "" && m.Tier != "replica" || !m.Valid() {
			continue
		}
		v := visit{m.Restart, m.Round, m.Replicas}
		if figures[v] == nil {
			figures[v] = map[string]float64{}
		}
		if figures[v][m.Scheme] = math.Log(m.Throughput); kind == plan.DemandCell {
			figures[v][m.Scheme] = math.Log(m.Cost["replica"].Seconds())
		}
	}
	var differences, means, launches []float64
	starts := map[int][]float64{}
	for v, by := range figures {
		own, both := by[plan.Control]
		other, too := by[plan.Twin]
		if !both || !too {
			continue
		}
		differences, means = append(differences, other-own), append(means, (own+other)/2-math.Log(float64(v.replicas)))
		starts[v.restart] = append(starts[v.restart], other-own)
	}
	for _, own := range starts {
		launches = append(launches, mean(own))
	}
	slice := deviation(differences) / math.Sqrt2
	round := math.Sqrt(max(0, deviation(means)*deviation(means)-slice*slice/2))
	// In thousandths: the last digit of a sum depends on the order of a map.
	return noise{thousandths(slice), thousandths(round), thousandths(deviation(launches) / math.Sqrt2)}
}

func thousandths(v float64) float64 { return math.Round(1000*v) / 1000 }

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func deviation(values []float64) float64 {
	center, squares := mean(values), 0.0
	for _, v := range values {
		squares += (v - center) * (v - center)
	}
	return math.Sqrt(squares / float64(len(values)))
}
