package measuretest

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/load"
)

// answer gives every request of an open loop a latency, around a millisecond, and a lag.
func (b *bench) answer(row *load.Row) {
	sent, due, lag := histogram(), histogram(), histogram()
	for range row.Verdicts[load.OK] {
		late := time.Duration(b.rand.Float64() * float64(max(b.Lag, 2*time.Microsecond)))
		took := time.Duration(float64(time.Millisecond) * math.Exp(0.5*b.rand.NormFloat64()))
		record(sent, took)
		record(due, took+late)
		record(lag, late)
	}
	row.Latency, row.Corrected, row.Lag = encoded(sent), encoded(due), encoded(lag)
}

func histogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	if err := h.RecordValue(int64(max(d, time.Microsecond))); err != nil {
		panic(err)
	}
}

func encoded(h *hdrhistogram.Histogram) string {
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		panic(err)
	}
	return string(text)
}
