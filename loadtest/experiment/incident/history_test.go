package incident_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"authlab/loadtest/jar"
)

// A history has slots of users, on two replicas.
const (
	slots    = 6
	users    = 3
	size     = 2
	days     = 10 // at most, each of so many batches of up to together operations at the same time
	together = 4
)

// world does operations. It is real servers, or a model with a flaw.
type world interface {
	// enter logs in; ok is false where that failed, and the jar is then empty.
	enter(user, replica int) (jar.Jar, int)
	ask(j jar.Jar, replica int) (status int, role string)
	renew(j jar.Jar, replica int) (jar.Jar, int)
	leave(j jar.Jar, replica int) int
	appoint(user int, role string, replica int) int
	password(j jar.Jar, user, replica int) int
	crash(replica int)
}

// planned draws a history. Most operations ask, since only answers can be wrong.
func planned(crashes bool) *rapid.Generator[[][]op] {
	var acts []act
	for a, weight := range map[act]int{ask: 24, enter: 8, renew: 4, leave: 6, appoint: 2, password: 1} {
		acts = append(acts, slices.Repeat([]act{a}, weight)...)
	}
	slices.Sort(acts) // a map has no order
	one := rapid.Custom(func(t *rapid.T) op {
		return op{
			rapid.SampledFrom(acts).Draw(t, "act"), rapid.IntRange(0, slots-1).Draw(t, "slot"),
			rapid.IntRange(0, size-1).Draw(t, "replica"),
		}
	})
	batch := rapid.SliceOfN(one, 1, together)
	alone := rapid.Custom(func(t *rapid.T) []op {
		a := rapid.SampledFrom([]act{pause, crash}).Draw(t, "act")
		if !crashes {
			a = pause
		}
		return []op{{Act: a, Replica: rapid.IntRange(0, size-1).Draw(t, "replica")}}
	})
	either := rapid.Custom(func(t *rapid.T) []op {
		if rapid.IntRange(0, 19).Draw(t, "alone") == 19 {
			return alone.Draw(t, "batch")
		}
		return batch.Draw(t, "batch")
	})
	// A slice of slices, because rapid draws about five elements whatever the maximum is.
	return rapid.Map(rapid.SliceOfN(rapid.SliceOfN(either, 0, days), 1, days), func(all [][][]op) [][]op {
		return slices.Concat(all...)
	})
}

// player plays a history. Each slot keeps the jar of its last login.
type player struct {
	world  world
	rest   time.Duration // a pause
	began  time.Time
	serial bool // one operation after the other, each a nanosecond long, so that a history always plays in the same way
	ticks  time.Duration
	held   [slots]jar.Jar
	logins [slots]int
	count  int
	told   []event
}

// play does every batch, the operations of one at the same time, with the credentials from before it.
func (p *player) play(history [][]op) []event {
	p.began = time.Now()
	for _, batch := range history {
		done, held := make([]event, len(batch)), make([]jar.Jar, len(batch))
		var doing sync.WaitGroup
		for i, o := range batch {
			done[i] = event{op: o, user: fmt.Sprint("user ", o.Slot%users), login: p.logins[o.Slot]}
			if o.Act == enter {
				p.count++
				done[i].login = p.count
			}
			with := p.held[o.Slot]
			if p.serial {
				held[i] = p.do(&done[i], with)
				continue
			}
			doing.Go(func() { held[i] = p.do(&done[i], with) })
		}
		doing.Wait()
		for i, e := range done {
			if (e.Act == enter || e.Act == renew) && e.done() { // of two at once the last one stays
				p.held[e.Slot], p.logins[e.Slot] = held[i], e.login
			}
		}
		p.told = append(p.told, done...)
	}
	return p.told
}

// now is the time since the begin.
func (p *player) now() time.Duration {
	if p.serial {
		p.ticks++
		return p.ticks
	}
	return time.Since(p.began)
}

// do does one operation, and returns the jar that it gives.
func (p *player) do(e *event, with jar.Jar) (gives jar.Jar) {
	e.begin = p.now()
	user := e.Slot % users
	switch e.Act {
	case enter:
		gives, e.status = p.world.enter(user, e.Replica)
	case ask:
		e.status, e.role = p.world.ask(with, e.Replica)
	case renew:
		gives, e.status = p.world.renew(with, e.Replica)
	case leave:
		e.status = p.world.leave(with, e.Replica)
	case appoint:
		e.role = []string{"user", "admin"}[e.Slot/users%2]
		e.status = p.world.appoint(user, e.role, e.Replica)
	case password:
		e.status = p.world.password(with, user, e.Replica)
	case crash:
		p.world.crash(e.Replica)
	case pause:
		time.Sleep(p.rest)
	}
	e.end = p.now()
	return gives
}

// rapidly sets rapid's number of checks and its seed for one test, so that it does the same every time.
func rapidly(t *testing.T, checks int) {
	t.Helper()
	for name, value := range map[string]string{
		"rapid.checks": fmt.Sprint(checks), "rapid.seed": "1", "rapid.nofailfile": "true", "rapid.shrinktime": "5s",
	} {
		was := flag.Lookup(name).Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { flag.Set(name, was) })
	}
}

// failing is a test that may fail without failing this one. It keeps what rapid says.
type failing struct {
	testing.TB
	said   strings.Builder
	failed bool
}

func (f *failing) Helper()                           {}
func (f *failing) Logf(format string, args ...any)   { fmt.Fprintf(&f.said, format+"\n", args...) }
func (f *failing) Errorf(format string, args ...any) { f.Logf(format, args...); f.failed = true }
func (f *failing) Fatalf(format string, args ...any) { f.Errorf(format, args...) }
func (f *failing) Fail()                             { f.failed = true }
func (f *failing) FailNow()                          { f.failed = true }
func (f *failing) Failed() bool                      { return f.failed }

// TestAFlawIsFoundAndShrunk plants a flaw in a model of servers: replica 1 accepts an ended login that had been
// renewed. It takes a login, a renewal, a logout and a question to see it.
func TestAFlawIsFoundAndShrunk(t *testing.T) {
	rapidly(t, 2000)
	flag.Set("rapid.shrinktime", "5m") // until nothing shorter is found, however busy the machine is
	var shortest [][]op
	check := func(flaw bool) *failing {
		f := &failing{TB: t}
		rapid.Check(f, func(rt *rapid.T) {
			history := planned(false).Draw(rt, "history")
			p := player{world: newModel(flaw), serial: true}
			if broken, _ := (promise{ends: true}).check(p.play(history)); broken != nil {
				shortest = history
				kind, _, _ := strings.Cut(broken[0], ":") // without times: rapid shrinks what fails in the same way
				rt.Fatal(kind)
			}
		})
		return f
	}
	if f := check(false); f.failed {
		t.Errorf("servers without a flaw: %s", f.said.String())
	}
	f := check(true)
	if !f.failed || !strings.Contains(f.said.String(), "accepted after its end") {
		t.Fatalf("the flaw was not found: %s", f.said.String())
	}
	n := 0
	for _, batch := range shortest {
		n += len(batch)
	}
	if n != 4 {
		t.Errorf("the shortest history has %d operations, and 4 suffice: %v", n, shortest)
	}
}

// model is servers as they should be, unless they have the flaw.
type model struct {
	mu    sync.Mutex
	flaw  bool
	count int
	live  map[string]*modelLogin
	roles [users]string
}

type modelLogin struct {
	user           int
	renewed, ended bool
}

func newModel(flaw bool) *model { return &model{flaw: flaw, live: map[string]*modelLogin{}} }

func (m *model) enter(user, _ int) (jar.Jar, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	j := jar.Jar{Access: fmt.Sprint(m.count)}
	m.live[j.Access] = &modelLogin{user: user}
	return j, 200
}

func (m *model) ask(j jar.Jar, replica int) (int, string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.live[j.Access]
	if l == nil || l.ended && !(m.flaw && l.renewed && replica == 1) {
		return 401, ""
	}
	return 200, m.roles[l.user]
}

func (m *model) renew(j jar.Jar, _ int) (jar.Jar, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.live[j.Access]; l != nil && !l.ended {
		l.renewed = true
		return j, 200
	}
	return jar.Jar{}, 401
}

func (m *model) leave(j jar.Jar, _ int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.live[j.Access]; l != nil {
		l.ended = true
	}
	return 204
}

func (m *model) appoint(user int, role string, _ int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.roles[user] = role
	return 204
}

func (m *model) password(j jar.Jar, user, _ int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	own := m.live[j.Access]
	if own == nil || own.ended {
		return 401
	}
	for _, l := range m.live {
		l.ended = l.ended || l.user == user && l != own
	}
	return 204
}

func (m *model) crash(int) {}
