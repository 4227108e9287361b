package analysis

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// SelftestLine makes a line of the selftest's table from its slices: the control, its twin, and the scheme that against
// names.
func SelftestLine(slice time.Duration, against string, cells []measure.Measurement) record.SliceLine {
	l := record.SliceLine{Slice: slice, Against: against}
	l.Valid, l.Of, l.Doubt = counted(cells)
	same, other := againstControl(plan.Twin, cells), againstControl(against, cells)
	l.Same, l.Other = stats.Of(slices.Concat(same...)), stats.Of(slices.Concat(other...))
	l.OverStarts = stats.Ratios(medians(same), 0)
	l.ByRound, l.ByStart = spreads(same)
	for _, m := range cells {
		if m.Scheme == plan.Control {
			l.Rounds++
		}
	}
	return l
}

// counted counts the slices that count, and says why the first of the others does not.
func counted(cells []measure.Measurement) (valid, of int, doubt string) {
	for _, m := range cells {
		if m.Valid() {
			valid++
		} else if doubt == "" {
			doubt = string(m.Doubts[0].Reason) + ": " + m.Doubts[0].Said.String()
		}
	}
	return valid, len(cells), doubt
}

// againstControl returns the cost of a scheme as ratios to the control of the same round, one group for each start.
func againstControl(scheme string, cells []measure.Measurement) [][]float64 {
	type at struct{ start, round int }
	control, starts := map[at]float64{}, map[int][]float64{}
	for i := range cells {
		if m := &cells[i]; m.Valid() && m.Scheme == plan.Control {
			control[at{m.Restart, m.Round}] = micros(m, "replica")
		}
	}
	for i := range cells {
		m := &cells[i]
		if base := control[at{m.Restart, m.Round}]; m.Valid() && m.Scheme == scheme && base > 0 {
			starts[m.Restart] = append(starts[m.Restart], micros(m, "replica")/base)
		}
	}
	groups := make([][]float64, 0, len(starts))
	for _, start := range slices.Sorted(maps.Keys(starts)) {
		groups = append(groups, starts[start])
	}
	return groups
}

// spreads splits the scatter of ratios into the scatter of rounds within a start and the scatter of starts, as standard
// deviations. The first comes from absolute deviations, which a few disturbed slices do not move.
func spreads(groups [][]float64) (rounds, starts float64) {
	var deviations, centers []float64
	few := 0.0 // the mean of 1 ÷ the rounds of a start
	for _, g := range groups {
		center := stats.Median(g)
		centers = append(centers, center)
		few += 1 / float64(len(g)) / float64(len(groups))
		if len(g) < 2 {
			continue // its center is itself: nothing is known of its rounds
		}
		for _, v := range g {
			deviations = append(deviations, math.Abs(v-center)*math.Sqrt(float64(len(g))/float64(len(g)-1)))
		}
	}
	if len(deviations) > 0 {
		rounds = normalFromMedian * stats.Median(deviations)
	}
	if len(centers) < 2 {
		return rounds, 0
	}
	// The medians of the starts also scatter because each is of few rounds; the rest is the scatter of the starts
	// themselves.
	own := stats.Variance(centers) - varianceOfMedian*rounds*rounds*few
	return rounds, math.Sqrt(max(0, own))
}

// For normally distributed samples: the standard deviation ÷ the median absolute deviation, and the variance of a
// median of n samples ÷ the variance of one sample, times n.
const (
	normalFromMedian = 1.4826
	varianceOfMedian = math.Pi / 2
)

// nineInTen is how often a difference must be told from noise to be called resolvable.
const nineInTen = 0.9

// Resolvable is the smallest difference in cost, as a share of the control's, that a plan with these rounds and
// launches tells from noise nine times in ten, if the machine stays as l found it. It is 0, for none, with too few
// launches; 0 too where l knows too little.
func Resolvable(l record.SliceLine, d plan.Demand) float64 {
	launches := d.Starts()
	if launches < stats.MinSamples || !l.Same.Why.IsZero() || mostlyInvalid(l) {
		return 0
	}
	counting := float64(l.Same.N) / float64(max(l.Rounds, 1)) // as many will count as did here
	rounds := float64(d.Rounds) / float64(launches) * counting
	launch := l.ByStart*l.ByStart + varianceOfMedian*l.ByRound*l.ByRound/rounds
	return stats.Told(launches, nineInTen) * math.Sqrt(launch/float64(launches))
}

// BestSlice returns the slice length with the narrowest interval of the other scheme, among the lines where the control
// against itself is 1; 0 when there is no such line. Shorter slices see less interference, but the shortest find cold
// caches. A line where most rounds do not count is left out, because the rounds that count are a selection.
func BestSlice(lines []record.SliceLine) time.Duration {
	honest := slices.DeleteFunc(slices.Clone(lines), func(l record.SliceLine) bool {
		return !l.Other.Why.IsZero() || !l.Same.Why.IsZero() || stats.Estimate(l.Same).Excludes(1) || mostlyInvalid(l)
	})
	if len(honest) == 0 {
		return 0
	}
	best := slices.MinFunc(honest, func(x, y record.SliceLine) int {
		return cmp.Or(cmp.Compare(stats.Estimate(x.Other).Width(), stats.Estimate(y.Other).Width()),
			cmp.Compare(y.Slice, x.Slice))
	})
	return best.Slice
}

// mostlyInvalid reports whether most rounds of a line do not count.
func mostlyInvalid(l record.SliceLine) bool { return 2*l.Same.N < l.Rounds }
