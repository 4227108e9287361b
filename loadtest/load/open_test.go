package load

import (
	"bytes"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

func TestOpenFollowsItsSchedule(t *testing.T) {
	var requests bytes.Buffer
	o := OpenOptions{Rate: 500, Arrivals: plan.Poisson, Seed: 3, Window: 200 * time.Millisecond, Requests: &requests}
	row, err := Open(t.Context(), cell, target(t, serve(t, nil), 10), o)
	if err != nil {
		t.Fatal(err)
	}
	due := schedule(o.Rate, o.Window, o.Arrivals, o.Seed)
	if row.Planned != uint64(len(due)) || row.Served != row.Planned || row.Verdicts[record.OK] != row.Planned {
		t.Errorf("planned %d, served %d, %v; the schedule has %d", row.Planned, row.Served, row.Verdicts, len(due))
	}
	lines := strings.Split(strings.TrimSpace(requests.String()), "\n")
	if len(lines) != len(due) {
		t.Errorf("%d lines for %d requests", len(lines), len(due))
	}
	for name, text := range map[string]string{"latency": row.Latency, "corrected": row.Corrected, "lag": row.Lag} {
		h, err := record.DecodeHistogram(text)
		if err != nil || h.TotalCount() != int64(len(due)) {
			t.Errorf("the histogram of %s has %v samples (%v), want %d", name, h.TotalCount(), err, len(due))
		}
	}
}

// A server that freezes delays the requests behind the frozen one; only the latency from the due time shows it.
func TestOpenCountsLatencyFromWhenARequestWasDue(t *testing.T) {
	const frozen = 300 * time.Millisecond
	var until atomic.Int64
	base := serve(t, func(_ http.ResponseWriter, _ string, n uint64) bool {
		if n == 1 {
			until.Store(time.Now().Add(frozen).UnixNano())
		}
		time.Sleep(time.Until(time.Unix(0, until.Load())))
		return false
	})
	o := OpenOptions{Rate: 4000, Arrivals: plan.Constant, Window: 400 * time.Millisecond, Requests: &bytes.Buffer{}}
	row, err := Open(t.Context(), cell, target(t, base, 10), o)
	if err != nil {
		t.Fatal(err)
	}
	latency, _ := record.DecodeHistogram(row.Latency)
	corrected, _ := record.DecodeHistogram(row.Corrected)
	if sent, due := latency.Mean(), corrected.Mean(); due <= sent {
		t.Errorf("mean latency from due %v, from sent %v; the first must be larger",
			time.Duration(due), time.Duration(sent))
	}
}

func TestSchedule(t *testing.T) {
	for _, arrivals := range []plan.Arrivals{plan.Poisson, plan.Constant} {
		due := schedule(1000, 10*time.Second, arrivals, 1)
		if !slices.Equal(due, schedule(1000, 10*time.Second, arrivals, 1)) {
			t.Errorf("%s: the same seed gives another schedule", arrivals)
		}
		if !slices.IsSorted(due) || due[len(due)-1] >= 10*time.Second {
			t.Errorf("%s: not in order, or beyond the window", arrivals)
		}
		if n := float64(len(due)); math.Abs(n-10_000) > 4*math.Sqrt(10_000) {
			t.Errorf("%s: %v arrivals in 10 s at 1000/s", arrivals, n)
		}
	}
	// Gaps of a Poisson process are exponential: their standard deviation is their mean.
	due := schedule(1000, 30*time.Second, plan.Poisson, 2)
	var sum, squares float64
	for i := 1; i < len(due); i++ {
		gap := (due[i] - due[i-1]).Seconds()
		sum, squares = sum+gap, squares+gap*gap
	}
	n := float64(len(due) - 1)
	if ratio := math.Sqrt(squares/n-sum*sum/n/n) / (sum / n); math.Abs(ratio-1) > 0.05 {
		t.Errorf("the gaps' standard deviation is %.3f of their mean, want 1", ratio)
	}
}
