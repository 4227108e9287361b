package load

import (
	"cmp"
	"slices"
	"time"
)

// lags returns by how much requests were sent late because of the generator itself. It leaves out requests that came
// due while all most connections waited for an answer, and those that queued behind them. There the server delayed the
// schedule, and the latency from the due time shows it. hits are those of one slice.
func lags(hits []hit, due []time.Duration, most int) []time.Duration {
	full := whenFull(hits, most)
	hits = slices.Clone(hits)
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.seq, b.seq) })
	var own []time.Duration
	held, last := false, time.Duration(0)
	for _, h := range hits {
		at := due[h.seq]
		for len(full) > 0 && full[0].to < at {
			full = full[1:]
		}
		switch {
		case len(full) > 0 && full[0].from < h.start: // and that span ends after the request was due
			held = true
		case at >= last: // the one before was sent before this one became due, so the queue is gone
			held = false
		}
		if !held {
			own = append(own, h.start-at)
		}
		last = h.start
	}
	return own
}

// span is a stretch of a slice.
type span struct{ from, to time.Duration }

// whenFull returns the times when at least most requests were in flight.
func whenFull(hits []hit, most int) []span {
	type change struct {
		at time.Duration
		by int
	}
	changes := make([]change, 0, 2*len(hits))
	for _, h := range hits {
		changes = append(changes, change{h.start, +1}, change{h.start + h.latency, -1})
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.by, b.by)) })
	var all []span
	inFlight := 0
	for _, c := range changes {
		inFlight += c.by
		switch {
		case c.by > 0 && inFlight == most:
			all = append(all, span{c.at, c.at})
		case c.by < 0 && inFlight == most-1:
			all[len(all)-1].to = c.at
		}
	}
	return all
}
