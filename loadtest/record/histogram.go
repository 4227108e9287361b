package record

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// NewHistogram is empty. Latencies are kept in nanoseconds from 1 µs to a minute with three significant digits.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
}

// Observe adds a duration, or the end of the range where it is beyond.
func Observe(h *hdrhistogram.Histogram, d time.Duration) {
	h.RecordValue(int64(min(max(d, time.Microsecond), time.Minute))) // inside the range it cannot fail
}

// EncodeHistogram writes what DecodeHistogram reads.
func EncodeHistogram(h *hdrhistogram.Histogram) string {
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		panic(err) // a histogram in memory always encodes
	}
	return string(text)
}

// DecodeHistogram reads a histogram of a Slice: nanoseconds.
func DecodeHistogram(text string) (*hdrhistogram.Histogram, error) {
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("not a histogram: %w", err)
	}
	return h, nil
}

// LagShare is how late the generator may be, as a share of the median latency, for figures from the due time to be the
// server's and not the generator's.
const LagShare = 0.10
