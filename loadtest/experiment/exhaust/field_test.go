package exhaust

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

var errTold = errors.New("it was told to fail")

// field is a bench whose servers are functions: cost says what a request takes, and answer, unless nil, its status in
// place of a server's.
type field struct {
	experiment.Bench
	plan   *plan.Plan
	fail   string
	cost   func(r *http.Request, body string) time.Duration
	answer func(r *http.Request, body string) (status int)
	lines  []Line
	up     int
}

func newField(t *testing.T, text string) *field {
	t.Helper()
	p, err := plan.Parse("mine.yaml", []byte(text), Kind.Part)
	if err != nil {
		t.Fatal(err)
	}
	return &field{plan: p}
}

func (f *field) Plan() *plan.Plan                      { return f.plan }
func (f *field) Doing(message.Message)                 {}
func (f *field) Apart(_ bool, work func() error) error { return work() }
func (f *field) told(step string) error                { return map[bool]error{true: errTold}[f.fail == step] }

func (f *field) Keep(line any) error { f.lines = append(f.lines, line.(Line)); return f.told("Keep") }

// Hop implements experiment.Bench: a call takes 2 µs, and half a µs more with a defence.
func (f *field) Hop(_ context.Context, h experiment.Hops) (all []experiment.Hopped, err error) {
	for round := range h.Rounds {
		for _, name := range h.Defences {
			without := experiment.Calls{N: 1000, CPU: 2 * time.Millisecond}
			all = append(all, experiment.Hopped{Defence: name, Round: round, Arms: experiment.Arms{
				With: experiment.Calls{N: 1000, CPU: 2500 * time.Microsecond}, Without: without, Again: without,
			}})
		}
	}
	return all, f.told("Hop")
}

func (f *field) findings() *Findings { return Kind.Analyse(f.run()).(*Findings) }

func (f *field) measured(t *testing.T) (found *Findings) {
	t.Helper()
	f.measure(t)
	return f.findings()
}

func (f *field) measure(t *testing.T) {
	t.Helper()
	if err := Kind.Measure(t.Context(), f); err != nil || f.up != 0 {
		t.Fatalf("%d servers are left: %v", f.up, err)
	}
}

// run is a finished run with the field's lines.
func (f *field) run() *record.Run {
	r := &record.Run{Plan: f.plan, Events: []record.Event{{Kind: record.Finished}}}
	for _, line := range f.lines {
		r.Add(key, line)
	}
	return r
}

func (f *field) Stand(_ context.Context, s experiment.Setup) (experiment.Servers, error) {
	if err := f.told("Stand"); err != nil {
		return nil, err
	}
	f.up++
	return &standing{field: f, scheme: s.Scheme}, nil
}

// standing is one server of a field.
type standing struct {
	experiment.Floodable
	field  *field
	scheme plan.Scheme
	down   bool
	logins atomic.Int64
}

func (s *standing) Nonce() string { return "c0ffee" }
func (s *standing) Down() {
	if !s.down {
		s.field.up--
	}
	s.down = true
}

func (s *standing) Base() string                          { return "http://127.0.0.1:1" }
func (s *standing) Account(i int) (name, password string) { return fmt.Sprintf("load-%d", i), "right" }

func (s *standing) Client() *http.Client { return &http.Client{Transport: s} }

// RoundTrip implements http.RoundTripper, for logins before anything is measured.
func (s *standing) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := s.field.told("RoundTrip"); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	w := httptest.NewRecorder()
	s.serve(w, r, string(body))
	return w.Result(), err
}

// serve answers as a server would: a login hands out a credential, and with one of them a request is answered.
func (s *standing) serve(w http.ResponseWriter, r *http.Request, body string) {
	holds := strings.Contains(r.Header.Get("Cookie")+r.Header.Get("Authorization")+body, "genuine")
	switch {
	case r.URL.Path == "/v1/login" && strings.Contains(body, `"right"`), r.URL.Path == "/v1/refresh" && holds:
		n := s.logins.Add(1)
		if experiment.WayOf(s.scheme) == experiment.Tokens {
			fmt.Fprintf(w, `{"access_token":"head.claims%d.genuine","refresh_token":"genuine%d"}`, n, n)
			return
		}
		w.Header().Set("Set-Cookie", fmt.Sprintf("id=genuine%d; Path=/", n))
		io.WriteString(w, "{}")
	case r.URL.Path == "/v1/me" && holds:
		io.WriteString(w, "{}")
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
}

const cheap = 50 * time.Microsecond

// Flood asks the function. A flood of a window is three requests on each lane.
func (s *standing) Flood(_ context.Context, f experiment.Flood) (x experiment.Flooded, err error) {
	x.Statuses, x.Failed = map[int]uint64{}, map[string]uint64{}
	most := f.Most
	if most == 0 {
		most = 3 * len(f.Lanes)
	}
	last := make([]experiment.Reply, len(f.Lanes))
	for i := range most {
		on := i % len(f.Lanes)
		text := bytes.Join(f.Lanes[on](last[on]), nil)
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
		if err != nil {
			return x, fmt.Errorf("%.80q: %w", text, err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return x, err
		}
		x.Requests++
		x.Out += uint64(len(text))
		took := cheap
		if s.field.cost != nil {
			took = s.field.cost(r, string(body))
		}
		x.Replica, x.Elapsed = x.Replica+took, x.Elapsed+took
		last[on] = s.reply(r, string(body))
		if last[on].Status == 0 {
			x.Failed["reset"]++
			continue
		}
		x.Statuses[last[on].Status]++
		x.In += 300
	}
	return x, s.field.told("Flood")
}

func (s *standing) reply(r *http.Request, body string) experiment.Reply {
	w := httptest.NewRecorder()
	s.serve(w, r, body)
	if s.field.answer != nil {
		if w.Code = s.field.answer(r, body); w.Code == 0 {
			return experiment.Reply{}
		}
	}
	return experiment.Reply{
		Status: w.Code, Body: w.Body.Bytes(),
		Header: func(name string) []string { return w.Header().Values(name) },
	}
}
