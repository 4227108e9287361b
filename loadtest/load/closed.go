package load

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"authlab/loadtest/record"
)

// ClosedOptions describe a slice of closed-loop load: each connection sends its next request when the last was
// answered. It saturates the server. Its latencies say nothing about a service that is not saturated.
type ClosedOptions struct {
	Connections int
	Window      time.Duration // answers inside it count
	Warmup      time.Duration // before the window: requests are sent, but not counted
	// Ceiling, unless 0, is the maximum requests/s over all connections.
	Ceiling float64
	Meters  []Meter
}

// Closed saturates t for one slice. The slice ends when its last request is answered. The processes' use is read before
// the first request and after the last, so that CPU per request is Use divided by Served.
//
// Vegeta does not drive it; the package comment says why.
func Closed(ctx context.Context, cell record.Cell, t *Target, o ClosedOptions) (record.Slice, error) {
	if o.Connections < 1 || o.Window <= 0 {
		return record.Slice{},
			fmt.Errorf("a closed loop needs a connection and a window, not %d and %v", o.Connections, o.Window)
	}
	lanes := t.ready(o.Connections)
	for _, l := range lanes {
		l.Connect() // before anything is measured; if it fails, the first request says why
	}
	defer interruptible(ctx, lanes)()
	since, err := use(o.Meters)
	if err != nil {
		return record.Slice{}, err
	}
	began := time.Now()
	from, to := o.Warmup, o.Warmup+o.Window
	var running sync.WaitGroup
	for i, l := range lanes {
		// With a ceiling, the lanes begin one after the other. Otherwise the start would be a burst above the ceiling.
		first := o.pace() * time.Duration(i) / time.Duration(len(lanes))
		running.Go(func() { t.saturate(ctx, l, began, from, to, first, o.pace()) })
	}
	running.Wait()
	elapsed := time.Since(began)
	used, err := since()
	if err != nil {
		return record.Slice{}, err
	}
	row := t.collect(cell, lanes)
	row.Nonce, row.Start, row.Window, row.Elapsed, row.Connections, row.Use = t.nonce, began.UTC(), o.Window, elapsed,
		o.Connections, used
	row.Note = cutShort(ctx)
	return row, nil
}

// pace is the least time between two requests of one connection.
func (o ClosedOptions) pace() time.Duration {
	if o.Ceiling == 0 {
		return 0
	}
	return time.Duration(float64(o.Connections) / o.Ceiling * float64(time.Second))
}

// saturate sends requests one after the other over l until the window closes. Request n (from 0) is sent no sooner than
// first plus n times pace. Times count from began.
func (t *Target) saturate(ctx context.Context, l *lane, began time.Time, from, to, first, pace time.Duration) {
	due := first
	rest(ctx, first)
	for sent := time.Since(began); sent < to && ctx.Err() == nil; {
		a, _, err := t.send(l)
		answered := time.Since(began)
		if answered >= from && answered < to {
			l.count(a, answered-sent)
		}
		sent = answered
		due = max(due+pace, answered-pace) // catch up after a late timer, but not after a slow answer
		if early := due - answered; pace > 0 && early > 0 {
			rest(ctx, early)
			sent = time.Since(began)
		}
		if err != nil {
			rest(ctx, time.Millisecond) // a server that refuses must not be asked as fast as the loop can run
		}
	}
}

// rest waits for d, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// interruptible ends the requests in flight on lanes as soon as ctx ends, answered or not. The returned function stops
// that.
func interruptible(ctx context.Context, lanes []*lane) (end func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		for _, l := range lanes {
			l.Interrupt()
		}
		close(done)
	})
	return func() {
		if !stop() {
			<-done // nothing touches the lanes after this
		}
	}
}

// cutShort is the note of a slice whose context ended.
func cutShort(ctx context.Context) string {
	if ctx.Err() == nil {
		return ""
	}
	return "the slice was cut short: " + context.Cause(ctx).Error()
}

// collect adds up what was counted on the lanes.
func (t *Target) collect(cell record.Cell, lanes []*lane) record.Slice {
	row := record.Slice{
		Cell: cell, Users: t.drawn(), Verdicts: map[record.Verdict]uint64{}, ByReplica: map[string]uint64{},
	}
	took := record.NewHistogram()
	for _, l := range lanes {
		row.Served += l.answered
		row.Hottest += l.hottest
		row.BytesIn += l.In
		row.BytesOut += l.Out
		add(&row, record.OK, l.ok)
		for v, n := range l.others {
			add(&row, v, n)
		}
		for i, n := range l.replicas {
			if n > 0 {
				row.ByReplica[strconv.Itoa(i)] += n
			}
		}
		for _, d := range l.took {
			record.Observe(took, d)
		}
	}
	row.Latency = record.EncodeHistogram(took)
	return row
}

func add(row *record.Slice, v record.Verdict, n uint64) {
	if n > 0 {
		row.Verdicts[v] += n
		row.Sent += n
	}
}
