package load

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"authlab/loadtest/wire"
)

// Flood is what requests of any kind did to a server that answers them one after the other on each connection.
type Flood struct {
	Requests uint64
	Statuses map[int]uint64    // of the answers
	Failed   map[string]uint64 // requests without one, by the kind of error
	Out, In  uint64            // bytes on the wire, headers included
	Elapsed  time.Duration
}

// FloodOptions describe a flood. Next makes the next request of a connection from its last answer, whose status is 0
// before the first one and after an error. The parts that it returns are sent one after the other, and those of other
// connections come in between. Conns stay open from flood to flood.
type FloodOptions struct {
	Conns  []*wire.Conn
	Next   func(conn int, last wire.Reply) [][]byte
	Window time.Duration // no request begins after it, but for the first of each connection
	Most   int           // requests over all connections; 0 is no bound
	// Read, unless nil, is called once the connections are open, and again after the last answer.
	Read func() error
}

// Send sends a flood. It ends when its last request is answered. What is answered is counted, and not judged.
func (o FloodOptions) Send(ctx context.Context) (Flood, error) {
	if len(o.Conns) == 0 || o.Window <= 0 {
		return Flood{}, errors.New("a flood needs a connection and a window")
	}
	read := func() error {
		if o.Read == nil {
			return nil
		}
		return o.Read()
	}
	lanes := make([]flooding, len(o.Conns))
	for i, c := range o.Conns {
		c.Refresh()
		c.In, c.Out = 0, 0
		if err := c.Connect(); err != nil { // before anything is measured
			return Flood{}, err
		}
		lanes[i] = flooding{conn: c, statuses: map[int]uint64{}, failed: map[string]uint64{}}
	}
	stop := context.AfterFunc(ctx, func() {
		for _, c := range o.Conns {
			c.Interrupt()
		}
	})
	defer stop()
	if err := read(); err != nil {
		return Flood{}, err
	}
	began := time.Now()
	var sent atomic.Int64
	var running sync.WaitGroup
	for i := range lanes {
		running.Go(func() { lanes[i].run(ctx, o, i, &sent, began) })
	}
	running.Wait()
	f := Flood{Elapsed: time.Since(began), Statuses: map[int]uint64{}, Failed: map[string]uint64{}}
	if err := errors.Join(read(), context.Cause(ctx)); err != nil {
		return Flood{}, err
	}
	for _, l := range lanes {
		f.Requests += l.requests
		f.In, f.Out = f.In+l.conn.In, f.Out+l.conn.Out
		for status, n := range l.statuses {
			f.Statuses[status] += n
		}
		for word, n := range l.failed {
			f.Failed[word] += n
		}
	}
	return f, nil
}

// flooding is one connection of a flood. Only its own goroutine touches it.
type flooding struct {
	conn     *wire.Conn
	requests uint64
	statuses map[int]uint64
	failed   map[string]uint64
}

func (l *flooding) run(ctx context.Context, o FloodOptions, conn int, sent *atomic.Int64, began time.Time) {
	var last wire.Reply
	// A first request is sent in any case: on a busy machine a short window may have passed before a lane runs.
	for (l.requests == 0 || time.Since(began) < o.Window) && ctx.Err() == nil {
		if o.Most > 0 && sent.Add(1) > int64(o.Most) {
			return
		}
		l.requests++
		var err error
		if last, err = l.send(o.Next(conn, last)); err != nil {
			l.failed[wire.Word(err)]++
			rest(ctx, time.Millisecond) // a server that refuses must not be asked as fast as the loop can run
			continue
		}
		l.statuses[last.Status]++
	}
}

// send sends the parts of a request. Other connections send theirs in between, so that the server reads each by itself.
func (l *flooding) send(parts [][]byte) (wire.Reply, error) {
	for _, part := range parts[:len(parts)-1] {
		if err := l.conn.Begin(part); err != nil {
			return wire.Reply{}, err
		}
		time.Sleep(pieceGap)
	}
	return l.conn.Do(parts[len(parts)-1])
}

// pieceGap is the pause between the parts of a request: a server that is not busy has read the one before then.
const pieceGap = 100 * time.Microsecond
