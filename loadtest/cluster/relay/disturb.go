package relay

import (
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Disturbance is what is wrong with the network.
type Disturbance struct {
	// Jitter is the most by which each direction is slower than usual: by another share of it in each tenth of a second.
	Jitter time.Duration
	// ResetEvery, unless 0, is how often all streams are reset, the first time at once.
	ResetEvery time.Duration
	// HalfOpen means that the streams that are open now go on without a byte, and without an end. New ones work.
	HalfOpen bool
}

// Disturbed is what the latest disturbance did.
type Disturbed struct {
	Resets    int   // streams that were reset
	Silent    int   // streams that are half-open
	Swallowed int64 // bytes
}

// swings is how often the jitter changes.
const swings = 100 * time.Millisecond

type disturbed struct {
	jitter    atomic.Int64 // ns
	swallowed atomic.Int64

	mu      sync.Mutex // guards what follows
	streams []*stream
	resets  int
	ends    chan struct{} // of the resets; nil: there are none
}

// stream is a client's connection, and the one to the other end for it.
type stream struct {
	client, server *net.TCPConn
	silent         atomic.Bool
}

func (r *Relay) begins(client, server *net.TCPConn) *stream {
	s := &stream{client: client, server: server}
	r.disturbed.mu.Lock()
	defer r.disturbed.mu.Unlock()
	r.disturbed.streams = append(r.disturbed.streams, s)
	return s
}

func (r *Relay) over(s *stream) {
	d := &r.disturbed
	d.mu.Lock()
	defer d.mu.Unlock()
	d.streams = slices.DeleteFunc(d.streams, func(o *stream) bool { return o == s })
}

// reset ends both connections as a network does that knows nothing of them. Each end sees an error, not an end.
func (s *stream) reset() {
	for _, c := range []*net.TCPConn{s.client, s.server} {
		c.SetLinger(0)
		c.Close()
	}
}

// Disturb disturbs the network from now on; the zero Disturbance makes it right again, and resets what is half-open.
func (r *Relay) Disturb(o Disturbance) {
	d := &r.disturbed
	d.jitter.Store(int64(o.Jitter))
	d.mu.Lock()
	defer d.mu.Unlock()
	if o != (Disturbance{}) {
		d.resets = 0
		d.swallowed.Store(0)
	}
	if d.ends != nil {
		close(d.ends)
		d.ends = nil
	}
	for _, s := range d.streams {
		switch {
		case o.HalfOpen:
			s.silent.Store(true)
		case s.silent.Load():
			s.reset()
		}
	}
	if o.ResetEvery > 0 {
		d.ends = make(chan struct{})
		ends := d.ends
		r.working.Go(func() { r.resetting(o.ResetEvery, ends) })
	}
}

func (r *Relay) resetting(every time.Duration, ends <-chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		r.resetAll()
		select {
		case <-tick.C:
		case <-ends:
			return
		case <-r.closed:
			return
		}
	}
}

func (r *Relay) resetAll() {
	d := &r.disturbed
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.streams {
		s.reset()
	}
	d.resets += len(d.streams)
	d.streams = nil
}

// Disturbed tells what was disturbed.
func (r *Relay) Disturbed() Disturbed {
	d := &r.disturbed
	d.mu.Lock()
	defer d.mu.Unlock()
	told := Disturbed{Resets: d.resets, Swallowed: d.swallowed.Load()}
	for _, s := range d.streams {
		if s.silent.Load() {
			told.Silent++
		}
	}
	return told
}

// jitter is by how much what is sent now is slower. What follows stays behind it.
func (r *Relay) jitter() time.Duration {
	most := r.disturbed.jitter.Load()
	if most == 0 {
		return 0
	}
	swing := uint64(time.Now().UnixNano()) / uint64(swings)
	return time.Duration(float64(most) * rand.New(rand.NewPCG(swing, 0)).Float64())
}
