package measuretest

import (
	"math"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// away is how long a request of a scheme waits for a store far away: a round trip, unless it need not ask.
func away(s plan.Scheme) time.Duration {
	if s.StoreOps < 1 {
		return 0
	}
	return s.StoreDelay
}

// answer gives every request of an open loop a latency, around a millisecond and what it waits besides, and a lag.
func (b *bench) answer(row *record.Slice, besides time.Duration) {
	sent, due, lag := record.NewHistogram(), record.NewHistogram(), record.NewHistogram()
	for range row.Verdicts[record.OK] {
		late := time.Duration(b.rand.Float64() * float64(max(b.Lag, 2*time.Microsecond)))
		took := time.Duration(float64(time.Millisecond)*math.Exp(0.5*b.rand.NormFloat64())) + besides
		record.Observe(sent, took)
		record.Observe(due, took+late)
		record.Observe(lag, late)
	}
	row.Latency, row.Corrected, row.Lag = record.EncodeHistogram(sent), record.EncodeHistogram(due),
		record.EncodeHistogram(lag)
}
