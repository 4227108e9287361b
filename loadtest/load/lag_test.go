package load

import (
	"slices"
	"testing"
	"time"
)

// TestLags uses requests that are due every millisecond, and two connections.
func TestLags(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name       string
		start, end []time.Duration // ms, by request
		want       []time.Duration // ms
	}{
		{"in time", ints(0, 1, 2, 3), ints(1, 2, 3, 4), ints(0, 0, 0, 0)},
		{"a late generator", ints(0, 1, 5, 5), ints(1, 2, 6, 6), ints(0, 0, 3, 2)},
		// The first two freeze until 4. The requests due at 2, 3 and 4 must wait for them. The one due at 5 need not, but it
		// came due before the one ahead of it was sent.
		{"a frozen server", ints(0, 1, 4, 4, 6, 6, 6, 7), ints(4, 4, 4, 4, 6, 6, 6, 7), ints(0, 0, 0, 0)},
		{"late again after a frozen server", ints(0, 1, 4, 4, 4, 5, 8, 8), ints(4, 4, 4, 4, 4, 5, 8, 8), ints(0, 0, 0, 2, 1)},
		{"nothing", nil, nil, nil},
	} {
		var hits []hit
		var due []time.Duration
		for i := range test.start {
			hits = append(hits, hit{seq: uint64(i), start: test.start[i] * ms, latency: (test.end[i] - test.start[i]) * ms})
			due = append(due, time.Duration(i)*ms)
		}
		slices.Reverse(hits) // results come in the order of the answers, or in no order
		got := lags(hits, due, 2)
		for i := range got {
			got[i] /= ms
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func ints(all ...time.Duration) []time.Duration { return all }
