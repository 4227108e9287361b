package load

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// ClosedOptions describe a slice of closed-loop load: each connection sends its next request when the last was answered. It
// saturates; its latencies say nothing about a service that is not saturated.
type ClosedOptions struct {
	Connections int
	Window      time.Duration // what is answered inside it is counted
	Warmup      time.Duration // before the window: sent, but not counted
	Meters      []Meter
}

// Closed saturates t for one slice. The slice ends when its last request is answered; what the processes used is read before
// the first and after the last, so that CPU per request is Use divided by Served.
//
// Vegeta does not drive it. Its attack hands every request from one goroutine to another three times, which costs as much
// CPU as the control spends on its answer, so that one core of it cannot saturate one core of the control.
func Closed(ctx context.Context, cell Cell, t *Target, o ClosedOptions) (Row, error) {
	lanes := t.ready(o.Connections)
	since, err := use(o.Meters)
	if err != nil {
		return Row{}, err
	}
	began := time.Now()
	from, to := o.Warmup, o.Warmup+o.Window
	var running sync.WaitGroup
	for _, l := range lanes {
		running.Go(func() { t.saturate(ctx, l, began, from, to) })
	}
	running.Wait()
	elapsed := time.Since(began)
	used, err := since()
	if err != nil {
		return Row{}, err
	}
	row := collect(cell, lanes)
	row.Start, row.Window, row.Elapsed, row.Connections, row.Use = began.UTC(), o.Window, elapsed, o.Connections, used
	return row, nil
}

// saturate sends one request after the other over l until the window closes. Times are counted from began.
func (t *Target) saturate(ctx context.Context, l *lane, began time.Time, from, to time.Duration) {
	for sent := time.Since(began); sent < to; {
		a, _, err := t.send(l)
		answered := time.Since(began)
		if answered >= from && answered < to {
			l.count(a, answered-sent)
		}
		sent = answered
		if err != nil {
			// A server that refuses must not be asked as fast as the loop can turn.
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// collect adds up what was counted on the lanes.
func collect(cell Cell, lanes []*lane) Row {
	row := Row{Cell: cell, Verdicts: map[Verdict]uint64{}, ByReplica: map[string]uint64{}}
	took := newHistogram()
	for _, l := range lanes {
		row.Served += l.answered
		row.BytesIn += l.In
		row.BytesOut += l.Out
		row.add(OK, l.ok)
		for v, n := range l.others {
			row.add(v, n)
		}
		for i, n := range l.replicas {
			if n > 0 {
				row.ByReplica[strconv.Itoa(i)] += n
			}
		}
		for _, d := range l.took {
			record(took, d)
		}
	}
	row.Latency = encode(took)
	return row
}

func (r *Row) add(v Verdict, n uint64) {
	if n > 0 {
		r.Verdicts[v] += n
		r.Sent += n
	}
}
