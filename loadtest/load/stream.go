package load

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/wire"
)

// StreamOptions describe a stream: requests that are sent when they are due until something else ends them, while the
// servers may fail.
type StreamOptions struct {
	Rate    float64 // requests/s, with Poisson arrivals
	Seed    uint64
	Longest time.Duration     // the stream ends at the latest then
	Patient time.Duration     // how long a client waits for an answer
	Who     func(seq int) int // the index of the user whose request that is
	Each    func(One)         // is called with every request, by one goroutine at a time
	Until   <-chan struct{}   // ends the stream once it is closed; requests in flight are answered first
}

// One is one request of a stream.
type One struct {
	Who       int
	Due, Sent time.Duration // since the stream began
	Took      time.Duration // from Sent on; 0 where it was not sent
	Verdict   record.Verdict
	Replica   int  // -1: none of the lab's
	Cookie    bool // the answer sets a cookie
}

// Unsent is the verdict of a request for which no connection was free: the stream's own fault.
const Unsent record.Verdict = "unsent"

// Stream sends requests until it is told to end. Unlike Open it tells of every request whose it was, and it goes on
// when no connection is free, since its servers may be made to hang. It returns how many connections were in use at
// most.
func Stream(ctx context.Context, t *Target, o StreamOptions) (connections int, err error) {
	if !(o.Rate > 0) || o.Rate > maxRate || o.Longest <= 0 {
		return 0, fmt.Errorf("a stream needs a rate up to %g/s and an end, not %g and %v", maxRate, o.Rate, o.Longest)
	}
	lanes := t.ready(maxInFlight)
	for _, l := range lanes {
		l.Wait(o.Patient)
	}
	defer interruptible(ctx, lanes)()
	s := &stream{target: t, each: o.Each, idle: slices.Clone(lanes), least: len(lanes), began: time.Now()}
	var flying sync.WaitGroup
	for seq, due := range schedule(o.Rate, o.Longest, plan.Poisson, o.Seed) {
		if !s.until(ctx, due, o.Until) {
			break
		}
		one := One{Who: o.Who(seq), Due: due, Replica: -1, Verdict: Unsent}
		if l := s.free(); l != nil {
			flying.Go(func() { s.send(l, one) })
			continue
		}
		one.Sent = time.Since(s.began)
		s.tell(one)
	}
	flying.Wait()
	return len(lanes) - s.least, context.Cause(ctx)
}

type stream struct {
	target *Target
	began  time.Time

	mu    sync.Mutex // guards idle and least, and is held during a call of each
	idle  []*lane
	least int // of idle lanes so far
	each  func(One)
}

// free returns the most recently used idle lane, so that few connections serve a low rate; nil where none is idle.
func (s *stream) free() *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == 0 {
		return nil
	}
	last := len(s.idle) - 1
	l := s.idle[last]
	s.idle = s.idle[:last]
	s.least = min(s.least, last)
	return l
}

// until waits for a moment; false when the stream ends before.
func (s *stream) until(ctx context.Context, due time.Duration, end <-chan struct{}) bool {
	timer := time.NewTimer(due - time.Since(s.began))
	defer timer.Stop()
	select {
	case <-end:
		return false
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (s *stream) send(l *lane, one One) {
	one.Sent = time.Since(s.began)
	reply, err := s.target.ask(l, one.Who)
	one.Took = time.Since(s.began) - one.Sent
	a := s.target.judge(reply, err, s.target.credentials[one.Who].Me)
	one.Verdict, one.Replica, one.Cookie = a.verdict, a.replica, err == nil && cookie(reply)
	s.mu.Lock()
	s.idle = append(s.idle, l)
	s.mu.Unlock()
	s.tell(one)
}

func (s *stream) tell(one One) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.each(one)
}

// sticky begins the cookie by which a balancer finds a user's replica again. It is the balancer's own, and no login.
var sticky = []byte("AUTHLAB_REPLICA=")

// cookie reports whether a replica sets a cookie.
func cookie(reply wire.Reply) bool {
	return slices.ContainsFunc(reply.Values("set-cookie"), func(c []byte) bool { return !bytes.HasPrefix(c, sticky) })
}
