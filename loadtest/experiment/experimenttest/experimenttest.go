// Package experimenttest is a bench for tests of kinds of experiment. Its servers do not exist: they answer everything,
// and fail where a test tells them to.
package experimenttest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// ErrTold is the error of a step that was told to fail.
var ErrTold = errors.New("it was told to fail")

// Bench implements experiment.Bench. With a plan and no failing step, its servers do all that is asked.
type Bench struct {
	plan *plan.Plan
	fail string // the step that fails

	Spares int // how often it succeeds before
	// InTime is the highest rate of a stream that is sent in time; 0: any. Beyond it, requests are a second late.
	InTime float64
	// Late are the streams that are a second late, by their number from 1.
	Late []int

	mu    sync.Mutex
	Kept  []any          // lines, in their order
	Took  map[string]int // how often each step was taken, by its name
	Stood []experiment.Setup
	up    int
}

// New is a bench for a plan in YAML. The step called fail, such as SignIn, returns ErrTold; "" lets all steps succeed.
func New(t *testing.T, kind experiment.Kind, text, fail string) *Bench {
	t.Helper()
	p, err := plan.Parse("mine.yaml", []byte(text), kind.Part)
	if err != nil {
		t.Fatal(err)
	}
	return &Bench{plan: p, fail: fail, Took: map[string]int{}}
}

// Steps are the steps that can fail.
var Steps = []string{
	"Stand", "Keep", "SignIn", "LogIn", "EndLogins", "Saturate", "Send", "Used", "Held", "Asked", "Tape",
	"Play", "Stream", "Hop",
}

// Run measures once for each step and lets that step fail when it is first taken. It checks that the error is returned
// and that no server is left running. It also measures without a failure, and returns that bench.
func Run(t *testing.T, kind experiment.Kind, text string) *Bench {
	t.Helper()
	whole := New(t, kind, text, "")
	if err := kind.Measure(t.Context(), whole); err != nil || whole.up != 0 {
		t.Fatalf("%d servers still stand: %v", whole.up, err)
	}
	for _, step := range Steps {
		b := New(t, kind, text, step)
		if err := kind.Measure(t.Context(), b); errors.Is(err, ErrTold) != (whole.Took[step] > 0) || b.up != 0 {
			t.Errorf("where %s fails, the error is %v, and %d servers still stand", step, err, b.up)
		}
	}
	return whole
}

func (b *Bench) step(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Took[name]++
	if name == b.fail && b.Took[name] > b.Spares {
		return ErrTold
	}
	return nil
}

// Hop implements experiment.Bench: a call takes a µs, and half as much again with the defence.
func (b *Bench) Hop(_ context.Context, h experiment.Hops) (all []experiment.Hopped, err error) {
	for round := range h.Rounds {
		for _, name := range h.Defences {
			one := experiment.Calls{N: 1000, CPU: time.Millisecond}
			all = append(all, experiment.Hopped{Defence: name, Round: round, Arms: experiment.Arms{
				With: experiment.Calls{N: 1000, CPU: 1500 * time.Microsecond}, Without: one, Again: one,
			}})
		}
	}
	return all, b.step("Hop")
}

// Plan implements experiment.Bench.
func (b *Bench) Plan() *plan.Plan { return b.plan }

// Doing implements experiment.Bench.
func (b *Bench) Doing(message.Message) {}

// Filled implements experiment.Bench.
func (b *Bench) Filled(time.Duration) {}

// Apart implements experiment.Bench.
func (b *Bench) Apart(_ bool, work func() error) error { return work() }

// Keep implements experiment.Bench.
func (b *Bench) Keep(line any) error {
	b.Kept = append(b.Kept, line)
	return b.step("Keep")
}

// Stand implements experiment.Bench.
func (b *Bench) Stand(_ context.Context, s experiment.Setup) (experiment.Servers, error) {
	if err := b.step("Stand"); err != nil {
		return nil, err
	}
	b.up++
	b.Stood = append(b.Stood, s)
	return &servers{
		bench: b, replicas: s.Replicas, stateless: !s.Scheme.Store,
		state: state{
			parts: map[string]string{}, began: map[string]int{}, left: map[int]bool{}, skews: map[string]time.Duration{},
		},
	}, nil
}

// servers are those of a scheme. They answer each request in a millisecond of the replica's CPU time.
type servers struct {
	bench    *Bench
	replicas int
	signedIn int
	used     time.Duration
	asked    record.Asked // of the store
	down     bool
	// stateless servers have no store, and refuse no user.
	stateless bool
	state
}

func (a *servers) Nonce() string { return "c0ffee" }

func (a *servers) Down() {
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	if !a.down {
		a.bench.up--
	}
	a.down = true
}

func (a *servers) SignIn(_ context.Context, n int) error {
	a.signedIn += n
	return a.bench.step("SignIn")
}

// LogIn makes n logins, or as many as there is time for.
func (a *servers) LogIn(ctx context.Context, l experiment.Logins) (done, refused uint64, err error) {
	if err := a.bench.step("LogIn"); err != nil {
		return 0, 0, err
	}
	if l.N > 1000 {
		<-ctx.Done()
		return 7, 1, context.Cause(ctx)
	}
	return uint64(l.N), 0, nil
}

func (a *servers) EndLogins(_ context.Context, n int) (all []record.Refusal, err error) {
	for trial := range n {
		for replica := range a.replicas {
			all = append(all, record.Refusal{
				Trial: trial, Replica: replica, Own: replica == trial%a.replicas,
				Refused: time.Millisecond,
			})
		}
	}
	return all, a.bench.step("EndLogins")
}

func (a *servers) Saturate(context.Context, int, time.Duration) (record.Slice, error) {
	a.asked.Commands, a.asked.Reads, a.asked.Found = a.asked.Commands+100, a.asked.Reads+50, a.asked.Found+100
	return a.answered(), a.bench.step("Saturate")
}

func (a *servers) Send(context.Context, float64, time.Duration, int) (record.Slice, error) {
	s := a.answered()
	h := record.NewHistogram()
	record.Observe(h, time.Millisecond)
	s.Corrected, s.Lag = record.EncodeHistogram(h), record.EncodeHistogram(h)
	return s, a.bench.step("Send")
}

func (a *servers) answered() record.Slice {
	return record.Slice{Sent: 100, Served: 100, Verdicts: map[record.Verdict]uint64{record.OK: 100}}
}

func (a *servers) Used() (replica, store time.Duration, err error) {
	a.used += time.Millisecond
	return a.used, a.used / 2, a.bench.step("Used")
}

func (a *servers) Held(context.Context) (experiment.Holding, error) {
	return experiment.Holding{LiveHeap: uint64(1000 * a.signedIn), Resident: 1}, a.bench.step("Held")
}

// Asked counts a read for every two commands.
func (a *servers) Asked(context.Context) (record.Asked, error) {
	return a.asked, a.bench.step("Asked")
}

// Tape has the command of each of a hundred requests.
func (a *servers) Tape(context.Context, int, time.Duration, int) (experiment.Tape, error) {
	return tape{a}, a.bench.step("Tape")
}

type tape struct{ *servers }

func (t tape) Recorded() (record.Slice, uint64) { return t.answered(), 100 }

func (t tape) Play(_ context.Context, depth float64, window time.Duration) (experiment.Played, error) {
	asked := record.Asked{Commands: 1000, Reads: int64(1000 / depth), Found: 1000}
	return experiment.Played{Commands: 1000, CPU: window, Elapsed: window, Asked: asked}, t.bench.step("Play")
}
