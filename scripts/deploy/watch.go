package deploy

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"authlab/scripts/trickle"
)

// Stream is requests that go on while things happen.
type Stream struct {
	Name string // in the table
	*trickle.Trickle
}

// Watch counts the requests of streams, every one of them in the span of what happened when it was sent.
type Watch struct {
	o       *Operator
	streams []Stream
	where   func() string
	rows    []string
	counted int
}

// Span is what came of the requests of all streams while something happened.
type Span struct {
	Tallies      []trickle.Tally
	Sent, Failed int
	Last         time.Duration // from the beginning until the last that failed was sent; 0 if none did
}

// Watch has the streams go on from here to the test's end, before what was made earlier is removed. There it prints a
// table, in which where says of each span where the replicas are, and sees that no request was left out.
func (o *Operator) Watch(where func() string, streams ...Stream) *Watch {
	w := &Watch{o: o, streams: streams, where: where}
	o.T.Cleanup(w.end)
	for _, s := range streams {
		o.T.Cleanup(s.Start(o.Ctx))
	}
	return w
}

// Span makes something happen and counts the requests meanwhile, for a time at least: what came of them is the caller's
// to judge. Of those since the last span none may have failed.
func (w *Watch) Span(event string, least time.Duration, happen func()) Span {
	w.o.T.Helper()
	w.between("before " + event)
	from := time.Now()
	happen()
	took := time.Since(from)
	select {
	case <-time.After(least - took):
	case <-w.o.Ctx.Done():
	}
	s := w.count(event, from)
	cells := []string{event, fmt.Sprintf("%.0f s", took.Seconds())}
	for _, t := range s.Tallies {
		cell := fmt.Sprintf("%d/%d", t.Failed, t.Sent)
		if t.FailedLogins > 0 {
			cell += fmt.Sprintf(" (%d logins)", t.FailedLogins)
		}
		cells = append(cells, cell)
	}
	last := "–"
	if s.Failed > 0 {
		last = fmt.Sprintf("%.1f s", s.Last.Seconds())
	}
	w.rows = append(w.rows, strings.Join(append(cells, last, w.where()), "\t"))
	return s
}

// During is a span whose requests may fail for a time after its beginning, or not at all if that is 0.
func (w *Watch) During(event string, failing time.Duration, happen func()) Span {
	w.o.T.Helper()
	s := w.Span(event, 0, happen)
	if s.Failed > 0 && (failing == 0 || s.Last > failing) {
		w.o.T.Errorf("%s: %d requests failed, the last %v after the beginning, want %v at most", event, s.Failed, s.Last,
			failing)
	}
	return s
}

// Well says whether logins at every stream were answered within the last second, and nothing failed in it.
func (w *Watch) Well() bool {
	return !slices.ContainsFunc(w.streams, func(s Stream) bool {
		lately := s.Lately()
		return lately.Logins == 0 || lately.Failed > 0
	})
}

// between is what is of no span: no request may fail then.
func (w *Watch) between(when string) {
	w.o.T.Helper()
	if s := w.count(when, time.Now()); s.Failed > 0 && !w.o.T.Failed() {
		w.o.T.Errorf("%s, when nothing happened, %d of %d requests failed", when, s.Failed, s.Sent)
	}
}

// count ends the span that began at from, and logs what failed in it.
func (w *Watch) count(event string, from time.Time) (s Span) {
	w.o.T.Helper()
	for _, stream := range w.streams {
		t := stream.Span()
		s.Tallies = append(s.Tallies, t)
		s.Sent += t.Sent
		if s.Failed += t.Failed; t.Failed > 0 {
			s.Last = max(s.Last, t.Last.Sub(from))
			w.o.T.Logf("%s: %s: %v", event, stream.Name, t.Failures)
		}
	}
	w.counted += s.Sent
	return s
}

// end is called when the last answer is there.
func (w *Watch) end() {
	w.between("after all")
	sent, names := 0, ""
	for _, s := range w.streams {
		sent += s.Sent()
		names += "\t" + s.Name
	}
	if w.counted != sent {
		w.o.T.Errorf("%d requests were counted, of %d that were sent", w.counted, sent)
	}
	table := tabwriter.NewWriter(w.o.T.Output(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "failed/sent\ttook%s\tlast failed after\treplicas\n", names)
	for _, row := range w.rows {
		fmt.Fprintln(table, row)
	}
	table.Flush()
}
