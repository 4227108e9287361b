package simulation

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = int64(time.Millisecond)

// TestBudgetByHand: 0.05 core, 1 ms every 20 ms starting at 0, and requests of 0.4 ms each.
func TestBudgetByHand(t *testing.T) {
	for _, c := range []struct {
		name           string
		slack          int64 // ms
		arrivals, ends []float64
	}{
		{
			// Two and a half requests fit into a period. The third is frozen at 1.0 with 0.2 left. The fifth ends exactly with
			// the second period's budget, so the sixth starts with the third period.
			"all at once", 0,
			[]float64{0, 0, 0, 0, 0, 0},
			[]float64{0.4, 0.8, 20.2, 20.6, 21.0, 40.4},
		},
		{
			// The rest of the first period is lost: at 59 there is only one period's budget, and at 60 another.
			"idle, without slack", 0,
			[]float64{0, 59, 59, 59, 59, 59, 59},
			[]float64{0.4, 59.4, 59.8, 60.2, 60.6, 61.0, 80.4},
		},
		{
			// At 59, with 5 ms saved, it has 6 ms. 1 ms is used by 60, when another 1 ms refills the slack of 5.
			"idle, with slack", 5,
			[]float64{59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59},
			[]float64{
				59.4, 59.8, 60.2, 60.6, 61.0, 61.4, 61.8, 62.2, 62.6,
				63.0, 63.4, 63.8, 64.2, 64.6, 65.0, 65.4, 65.8, 80.2,
			},
		},
		{
			// A period that begins during a request grants its budget at once: 0.1 is used before 20, 0.3 and 0.4 after.
			"across the border", 0,
			[]float64{19.9, 19.9, 19.9},
			[]float64{20.3, 20.7, 40.1},
		},
	} {
		p := &thread{quota: ms, period: 20 * ms, most: ms + c.slack*ms, left: ms + c.slack*ms, next: 20 * ms}
		for i, at := range c.arrivals {
			end := p.serve(int64(at*float64(ms)), 4*ms/10)
			if got := fmt.Sprintf("%.1f", float64(end)/float64(ms)); got != fmt.Sprintf("%.1f", c.ends[i]) {
				t.Errorf("%s: request %d ends at %s ms, want %.1f", c.name, i+1, got, c.ends[i])
			}
		}
	}
}

// TestBudgetHolds: the CPU time served never exceeds the quotas of the periods so far plus the slack.
func TestBudgetHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quota, slack := rapid.Int64Range(1, 19).Draw(t, "quota")*ms, rapid.Int64Range(0, 5).Draw(t, "slack")*ms
		p := &thread{quota: quota, period: 20 * ms, most: quota + slack, left: quota + slack, next: 20 * ms}
		at, given := int64(0), int64(0)
		for range 50 {
			at += rapid.Int64Range(0, 30*ms).Draw(t, "gap")
			work := rapid.Int64Range(0, 10*ms).Draw(t, "work")
			begin := max(at, p.free)
			end := p.serve(at, work)
			if given += work; end < begin+work || given > (end/(20*ms)+1)*quota+slack {
				t.Fatalf("%d ns served by %d with a quota of %d and a slack of %d", given, end, quota, slack)
			}
		}
	})
}

func TestThreadsShareAQueue(t *testing.T) {
	p := process{{quota: 1, period: 1}, {quota: 1, period: 1}}
	var ends []int64
	for _, work := range []int64{5, 1, 1, 1, 9} {
		ends = append(ends, p.serve(0, work))
	}
	if want := []int64{5, 1, 2, 3, 12}; !slices.Equal(ends, want) {
		t.Errorf("requests end at %v, want %v", ends, want)
	}
}

func TestEventsComeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h events
		var want []event
		for i, at := range rapid.SliceOf(rapid.Int64Range(0, 9)).Draw(t, "times") {
			e := event{at: at, order: int64(i)}
			h.push(e)
			want = append(want, e)
		}
		slices.SortStableFunc(want, func(a, b event) int { return int(a.at - b.at) })
		for _, e := range want {
			if got := h.pop(); got != e {
				t.Fatalf("%v came before %v", got, e)
			}
		}
	})
}
