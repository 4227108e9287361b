package record

import (
	"errors"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Merge adds up slices of several generators that loaded the same replicas during the same window. It adds requests,
// answers, connections, rates and histograms. The use of a replica or the store is the mean of the readings, because
// every reading covers all of its use. The use of each generator stays separate. The caller must know that the slices
// belong together.
func Merge(slices []Slice) (Slice, error) {
	if len(slices) == 0 {
		return Slice{}, errors.New("there is nothing to merge")
	}
	sum := slices[0]
	sum.Planned, sum.Sent, sum.Served, sum.Connections, sum.Rate, sum.BytesIn, sum.BytesOut = 0, 0, 0, 0, 0, 0, 0
	sum.Verdicts, sum.ByReplica, sum.Use = map[Verdict]uint64{}, map[string]uint64{}, map[string]Use{}
	for i, r := range slices {
		sum.plus(r)
		for name, use := range r.Use {
			if name == "generator" {
				sum.Use[fmt.Sprintf("generator-%d", i)] = use
			} else {
				sum.Use[name] = meanUse(slices, name)
			}
		}
	}
	for _, h := range []struct {
		into *string
		of   func(Slice) string
	}{
		{&sum.Latency, func(r Slice) string { return r.Latency }},
		{&sum.Corrected, func(r Slice) string { return r.Corrected }},
		{&sum.Lag, func(r Slice) string { return r.Lag }},
	} {
		var err error
		if *h.into, err = mergeHistograms(slices, h.of); err != nil {
			return Slice{}, err
		}
	}
	return sum, nil
}

// plus adds the requests of another generator and the answers to them.
func (s *Slice) plus(r Slice) {
	s.Planned += r.Planned
	s.Sent += r.Sent
	s.Served += r.Served
	s.Connections += r.Connections
	s.Rate += r.Rate
	s.BytesIn += r.BytesIn
	s.BytesOut += r.BytesOut
	for v, n := range r.Verdicts {
		s.Verdicts[v] += n
	}
	for replica, n := range r.ByReplica {
		s.ByReplica[replica] += n
	}
	if r.Start.Before(s.Start) {
		s.Start = r.Start
	}
	s.Elapsed = max(s.Elapsed, r.Elapsed)
	if s.Note == "" {
		s.Note = r.Note
	}
}

// meanUse returns the mean of all readings of a process's use.
func meanUse(slices []Slice, name string) Use {
	var cpu time.Duration
	var operations, counted, read int64
	for _, r := range slices {
		u, ok := r.Use[name]
		if !ok {
			continue
		}
		read++
		cpu += u.CPU
		if u.Operations != nil {
			operations += *u.Operations
			counted++
		}
	}
	use := Use{CPU: cpu / time.Duration(read)}
	if counted > 0 {
		operations /= counted
		use.Operations = &operations
	}
	return use
}

func mergeHistograms(slices []Slice, of func(Slice) string) (string, error) {
	var sum *hdrhistogram.Histogram
	for _, r := range slices {
		text := of(r)
		if text == "" {
			continue // a closed loop does not have every histogram
		}
		h, err := DecodeHistogram(text)
		if err != nil {
			return "", err
		}
		if sum == nil {
			sum = NewHistogram()
		}
		sum.Merge(h)
	}
	if sum == nil {
		return "", nil
	}
	return EncodeHistogram(sum), nil
}
