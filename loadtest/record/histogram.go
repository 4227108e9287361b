package record

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// NewHistogram returns an empty histogram. It holds latencies in nanoseconds, from 1 µs to a minute, with three
// significant digits.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
}

// Observe adds a duration. A duration outside the range counts as the nearest end of the range.
func Observe(h *hdrhistogram.Histogram, d time.Duration) {
	h.RecordValue(int64(min(max(d, time.Microsecond), time.Minute))) // within the range this cannot fail
}

// EncodeHistogram returns the text that DecodeHistogram reads.
func EncodeHistogram(h *hdrhistogram.Histogram) string {
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		panic(err) // a histogram in memory always encodes
	}
	return string(text)
}

// DecodeHistogram reads a histogram of a Slice, in nanoseconds.
func DecodeHistogram(text string) (*hdrhistogram.Histogram, error) {
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("not a histogram: %w", err)
	}
	return h, nil
}

// LagShare is the largest acceptable lag of the generator, as a share of the median latency. With a larger lag,
// latencies from the due time describe the generator and not the server.
const LagShare = 0.10
