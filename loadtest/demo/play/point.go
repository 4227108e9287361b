package play

import (
	"time"

	"authlab/loadtest/record"
)

// Point is what a slice of load shows.
type Point struct {
	At     float64 `json:"at"`     // s since the playground began, when the slice began
	Right  float64 `json:"right"`  // right answers a second
	P99    float64 `json:"p99"`    // ms from when a request was due to its right answer; 0 without any
	Failed uint64  `json:"failed"` // requests with another answer, or none in time
	How    string  `json:"how"`    // what most of them got, such as status-503; "" without any
}

// window is how long a slice is.
const window = 500 * time.Millisecond

// pointOf sums a slice up. What was planned and not sent has failed too.
func pointOf(row record.Slice, at time.Duration) (Point, error) {
	p := Point{At: at.Seconds()}
	ok := row.Verdicts[record.OK]
	p.Right = float64(ok) / row.Window.Seconds()
	p.Failed = max(row.Planned, row.Sent) - ok
	most := uint64(0)
	for verdict, n := range row.Verdicts {
		if verdict != record.OK && (n > most || n == most && string(verdict) < p.How) {
			most, p.How = n, string(verdict)
		}
	}
	if p.How == string(record.Unauthenticated) {
		p.How = "status-401" // as the other statuses are called
	}
	if ok == 0 {
		return p, nil
	}
	h, err := record.DecodeHistogram(row.Corrected)
	if err != nil {
		return p, err
	}
	p.P99 = float64(h.ValueAtQuantile(99)) / 1e6
	return p, nil
}
