package load

import (
	"context"
	"net/http"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
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
func Closed(ctx context.Context, cell Cell, t *Target, o ClosedOptions) (Row, error) {
	lanes := t.ready(o.Connections)
	since, err := use(o.Meters)
	if err != nil {
		return Row{}, err
	}
	began := time.Now()
	loop := &closedLoop{target: t, idle: make(chan *lane, len(lanes)), from: began.Add(o.Warmup), to: began.Add(o.Warmup + o.Window)}
	for _, l := range lanes {
		loop.idle <- l
	}
	attack(ctx, loop, vegeta.ConstantPacer{}, o.Connections, o.Connections, o.Warmup+o.Window, func(*vegeta.Result) {})
	elapsed := time.Since(began)
	used, err := since()
	if err != nil {
		return Row{}, err
	}
	row := collect(cell, lanes)
	row.Start, row.Window, row.Elapsed, row.Connections, row.Use = began.UTC(), o.Window, elapsed, o.Connections, used
	return row, nil
}

// closedLoop is the http.RoundTripper that Vegeta drives. Each of its lanes is held by one of Vegeta's workers at a time.
type closedLoop struct {
	target   *Target
	idle     chan *lane
	from, to time.Time
}

// RoundTrip sends the next user's request, whatever r says: which one that is was decided, and written, before the load.
func (l *closedLoop) RoundTrip(*http.Request) (*http.Response, error) {
	free := <-l.idle
	began := time.Now()
	a, status, err := l.target.send(free)
	if ended := time.Now(); ended.After(l.from) && ended.Before(l.to) {
		free.count(a, ended.Sub(began))
	}
	l.idle <- free
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Body: http.NoBody}, nil
}

// attack lets Vegeta drive rt for a while, and calls each with every result.
func attack(ctx context.Context, rt http.RoundTripper, pacer vegeta.Pacer, workers, most int, lasting time.Duration, each func(*vegeta.Result)) {
	attacker := vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: rt}),
		vegeta.Workers(uint64(workers)), vegeta.MaxWorkers(uint64(most)), vegeta.MaxBody(0))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	// The request that Vegeta makes is a form: what goes over the wire was prepared before.
	targeter := func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodGet, "http://target"
		return nil
	}
	for result := range attacker.Attack(targeter, pacer, lasting, "") {
		each(result)
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
				row.ByReplica[index(i)] += n
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
