package api

import (
	"sync/atomic"
	"time"
)

// presence adds up how long requests were being answered. Its rate is the mean number of requests in flight, exactly,
// which a gauge that is looked at now and then would take thousands of looks to tell. Two readings of the clock and
// three atomics are what it adds to a request.
type presence struct {
	born  time.Time
	there atomic.Int64
	held  atomic.Int64 // ns: the ends of requests minus their beginnings, so that it lacks the end of those that are there
}

func newPresence() *presence { return &presence{born: time.Now()} }

// enter notes a request, and leave its end. A nil presence notes nothing.
func (p *presence) enter() {
	if p != nil {
		p.there.Add(1)
		p.held.Add(-int64(time.Since(p.born)))
	}
}

func (p *presence) leave() {
	if p != nil {
		p.held.Add(int64(time.Since(p.born)))
		p.there.Add(-1)
	}
}

// seconds is the sum up to now. While requests come and go it may be off by what a request takes; it is exact when none
// is there.
func (p *presence) seconds() float64 {
	there := p.there.Load()
	return time.Duration(p.held.Load() + there*int64(time.Since(p.born))).Seconds()
}
