package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// OpenOptions describe a slice of open-loop load: requests are sent when they are due, whether or not earlier ones were
// answered, as the users of a service do.
type OpenOptions struct {
	Rate     float64 // requests/s
	Arrivals plan.Arrivals
	Seed     uint64
	Window   time.Duration
	// Most, unless 0, is the maximum number of connections; further requests wait for one.
	Most     int
	Requests io.Writer // receives a line for each request, with RequestsHeader's columns
	Meters   []Meter
}

// The maximum number of requests in flight; beyond it the schedule waits for the server.
const maxInFlight = 512

// Beyond this rate the pacer itself would be the bottleneck.
const maxRate = 1e6

// Open sends one slice of requests at a fixed mean rate. Latency counts from when a request was sent, Corrected from
// when it was due. A server that freezes also delays the requests behind it, and only Corrected shows that.
func Open(ctx context.Context, cell record.Cell, t *Target, o OpenOptions) (record.Slice, error) {
	if !(o.Rate > 0) || o.Rate > maxRate || o.Window <= 0 {
		return record.Slice{}, fmt.Errorf("an open loop needs a rate up to %g/s and a window, not %g and %v",
			maxRate, o.Rate, o.Window)
	}
	roomy()
	due := schedule(o.Rate, o.Window, o.Arrivals, o.Seed)
	most := maxInFlight
	if o.Most > 0 {
		most = min(most, o.Most)
	}
	lanes := t.ready(most)
	defer interruptible(ctx, lanes)()
	since, err := use(o.Meters)
	if err != nil {
		return record.Slice{}, err
	}
	began := time.Now()
	loop := &openLoop{target: t, idle: slices.Clone(lanes), answers: make([]received, len(due))}
	slices.Reverse(loop.idle) // the first lanes, which closed loops have already connected, are used first
	p := &pacer{due: due}
	hits := make([]hit, 0, len(due))
	attack(ctx, loop, p, most, func(r *vegeta.Result) {
		hits = append(hits, hit{r.Seq, r.Timestamp.Sub(p.began), r.Latency, r.Code})
	})
	elapsed := time.Since(began)
	used, err := since()
	if err != nil {
		return record.Slice{}, err
	}
	row := t.collect(cell, lanes)
	row.Nonce, row.Start, row.Window, row.Elapsed, row.Use, row.Planned = t.nonce, began.UTC(), o.Window, elapsed, used,
		uint64(len(due))
	row.Note = cutShort(ctx)
	for _, l := range lanes {
		if l.answered > 0 {
			row.Connections++
		}
	}
	latency, corrected, lag := record.NewHistogram(), record.NewHistogram(), record.NewHistogram()
	for _, h := range hits {
		if h.seq >= uint64(len(due)) {
			return record.Slice{}, fmt.Errorf("request %d was not planned", h.seq)
		}
		if loop.answers[h.seq].verdict == record.OK {
			record.Observe(latency, h.latency)
			record.Observe(corrected, h.start+h.latency-due[h.seq])
		}
	}
	for _, late := range lags(hits, due, most) {
		record.Observe(lag, late)
	}
	row.Latency, row.Corrected, row.Lag = record.EncodeHistogram(latency), record.EncodeHistogram(corrected),
		record.EncodeHistogram(lag)
	return row, writeRequests(o.Requests, cell.Round, due, hits, loop.answers)
}

// hit is Vegeta's view of one request; answer is its lane's.
type hit struct {
	seq            uint64
	start, latency time.Duration
	code           uint16
}

// openLoop is the http.RoundTripper that Vegeta drives: any free lane takes the next request.
type openLoop struct {
	target  *Target
	mu      sync.Mutex
	idle    []*lane
	answers []received // by sequence number; only the worker that sent the request writes its element
}

// received is an answer with its bytes on the wire.
type received struct {
	answer
	bytes uint64
}

func (l *openLoop) RoundTrip(r *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(r.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil || seq >= uint64(len(l.answers)) {
		return nil, fmt.Errorf("not a planned request: %q", r.Header.Get("X-Vegeta-Seq"))
	}
	l.mu.Lock()
	free := l.idle[len(l.idle)-1] // the most recently used first, so that few connections serve a low rate
	l.idle = l.idle[:len(l.idle)-1]
	l.mu.Unlock()
	before := free.In
	a, status, err := l.target.send(free)
	l.answers[seq] = received{a, free.In - before}
	free.count(a, 0)
	l.mu.Lock()
	l.idle = append(l.idle, free)
	l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Body: http.NoBody}, nil
}

func writeRequests(to io.Writer, round int, due []time.Duration, hits []hit, answers []received) error {
	w := bufio.NewWriter(to)
	for _, h := range hits {
		a := answers[h.seq]
		fmt.Fprintf(w, "%d,%d,%d,%d,%d,%d,%s,%d,%d\n",
			round, h.seq, due[h.seq], h.start, h.latency, h.code, a.verdict, a.replica, a.bytes)
	}
	return w.Flush()
}

// attack lets Vegeta drive rt with pacer and at most that many workers, and calls each with every result.
func attack(ctx context.Context, rt http.RoundTripper, pacer vegeta.Pacer, most int, each func(*vegeta.Result)) {
	attacker := vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: rt}),
		vegeta.Workers(uint64(min(16, most))), vegeta.MaxWorkers(uint64(most)), vegeta.MaxBody(0))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	// Vegeta's request is only a placeholder: the bytes on the wire are prepared in advance.
	targeter := func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodGet, "http://target"
		return nil
	}
	for result := range attacker.Attack(targeter, pacer, 0, "") {
		each(result)
	}
}
