package load

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	moremath "github.com/aclements/go-moremath/stats"

	"authlab/loadtest/stats"
)

// How soon does one learn which of two servers costs more? BenchmarkVerdict plants a difference of 5 % and lets two
// methods find it, on one machine and in the same minutes. TestVerdicts does the same a thousand times on the recorded
// noise of committed runs, and counts how often each method tells a server from itself.
//
// Hopping is what the lab does. Launches of both servers stand side by side, and each round visits one launch of either
// for 50 ms. The CPU costs of a round make a ratio, and the median of its rounds is a launch's. Student's test over the
// launches calls the difference.
//
// Turns are what people do instead: drive one server at full rate with Vegeta for 10 s (wrk's default), read its
// throughput, then the other's, and again until Welch's test calls it. The rival is a good one. Its server has a core
// to itself and is saturated, and each run has a new launch; otherwise it would call what two launches differ by.
//
// Both look at their data more than once, and each look is a chance to be wrong. So the looks are fixed beforehand, and
// the level of each is such that both methods call at most 5 % of the A/A runs of the simulation. Bonferroni's levels,
// which hold whatever the noise is, would call about half of that. They would slow the turns more than the hops.
//
// People look at 5 % after every pair. The same runs tell how long that takes. It calls more than 5 % of the A/A runs:
// it decides sooner by being wrong.
const (
	standing = 12                    // launches of each server, for hopping
	hopSlice = 50 * time.Millisecond // the lab's
	hopLevel = 0.01

	turn      = 10 * time.Second
	pairs     = 6 // of turns, at most: two minutes
	turnLevel = 0.025
	peekLevel = 1 - stats.Confidence
)

// visits are after how many visits of each launch hopping looks.
var visits = []int{1, 2, 3, 4, 6, 8, 12, 16}

// The methods, as the table calls them.
const (
	hopping = "hopping, 12 launches of each, 50 ms a visit"
	turns   = "turns of 10 s with Vegeta, at most 120 s"
	peeking = "the same, called at 5 % after any pair"
)

// A verdict says which of two servers costs more, and after how long: 1 is the second, -1 the first, 0 neither.
type verdict struct {
	more  int
	after time.Duration
}

// hop visits every launch in turn until a look calls the difference. A visit returns the ratio of the second server's
// cost to the first's.
func hop(visit func(launch int) float64, elapsed func() time.Duration) (v verdict) {
	rounds := make([][]float64, standing)
	for _, until := range visits {
		for len(rounds[standing-1]) < until {
			for launch := range rounds {
				rounds[launch] = append(rounds[launch], visit(launch))
			}
		}
		logs := make([]float64, standing)
		for launch, of := range rounds {
			logs[launch] = math.Log(stats.Median(of))
		}
		test, err := moremath.OneSampleTTest(moremath.Sample{Xs: logs}, 0, moremath.LocationDiffers)
		if v = called(test, err, hopLevel, elapsed()); v.more != 0 {
			break
		}
	}
	return v
}

// inTurns runs one server, then the other, and again until a look calls the difference. A run returns requests/s. The
// same runs give two verdicts: one with looks that are corrected for, and one at 5 % each.
func inTurns(run func(server int) float64, elapsed func() time.Duration) (corrected, peeked verdict) {
	var rates [2][]float64
	for pair := range pairs {
		for server := range rates {
			rates[server] = append(rates[server], run(server))
		}
		if pair == 0 {
			continue // one run of each has no variance
		}
		// The server that answers less costs more.
		test, err := moremath.TwoSampleWelchTTest(moremath.Sample{Xs: rates[0]}, moremath.Sample{Xs: rates[1]},
			moremath.LocationDiffers)
		if peeked.more == 0 {
			peeked = called(test, err, peekLevel, elapsed())
		}
		if corrected = called(test, err, turnLevel, elapsed()); corrected.more != 0 {
			break
		}
	}
	return corrected, peeked
}

// called is the verdict of a test at a level. An error says that all samples are equal: nothing is called.
func called(test *moremath.TTestResult, err error, level float64, after time.Duration) verdict {
	if err != nil || test.P > level {
		return verdict{0, after}
	}
	return verdict{int(math.Copysign(1, test.T)), after}
}

// verdicts are those that one method reached.
type verdicts struct {
	method string
	all    []verdict
}

// calls counts the verdicts that call a difference rightly, and wrongly. truth is 1, or 0 where the servers are the
// same.
func (v verdicts) calls(truth int) (right, wrong int) {
	for _, one := range v.all {
		switch one.more {
		case 0:
		case truth:
			right++
		default:
			wrong++
		}
	}
	return right, wrong
}

// A wait is the time to a right verdict. Without one it was longer.
type wait struct {
	time.Duration
	longer bool
}

func (w wait) String() string {
	if w.longer {
		return fmt.Sprintf("> %.0f s", w.Seconds())
	}
	return fmt.Sprintf("%.1f s", w.Seconds())
}

// waits returns the shortest, the median and the longest wait.
func (v verdicts) waits(truth int) (least, median, most wait) {
	all := make([]wait, len(v.all))
	for i, one := range v.all {
		all[i] = wait{one.after, one.more != truth}
	}
	slices.SortFunc(all, func(a, b wait) int {
		if a.longer != b.longer {
			return map[bool]int{true: 1, false: -1}[a.longer]
		}
		return cmp.Compare(a.Duration, b.Duration)
	})
	return all[0], all[len(all)/2], all[len(all)-1]
}

// table compares methods with the first. Where the servers are the same, every call is wrong.
func table(truth int, methods ...verdicts) string {
	var out strings.Builder
	if truth == 0 {
		fmt.Fprintf(&out, "%-46s called different\n", "two launches of one server")
	} else {
		fmt.Fprintf(&out, "%-46s called right  wrong  time to verdict            × hopping\n", "two servers")
	}
	_, base, _ := methods[0].waits(truth)
	for i, v := range methods {
		right, wrong := v.calls(truth)
		if truth == 0 {
			fmt.Fprintf(&out, "%-46s %d of %d\n", v.method, wrong, len(v.all))
			continue
		}
		least, median, most := v.waits(truth)
		times := ""
		if i > 0 && !base.longer {
			times = fmt.Sprintf("%s%.1f", map[bool]string{true: "> "}[median.longer], median.Seconds()/base.Seconds())
		}
		line := fmt.Sprintf("%-46s %12s %6d  %-8s %-18s %s", v.method, fmt.Sprintf("%d of %d", right, len(v.all)), wrong,
			median, fmt.Sprintf("[%s %s]", least, most), times)
		fmt.Fprintln(&out, strings.TrimRight(line, " "))
	}
	return out.String()
}
