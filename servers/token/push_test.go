package token

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/redis"
	"authlab/servers/session/store/storetest"
	"authlab/servers/stall"
	"authlab/servers/user"
)

// machine measures how long a test was kept waiting.
var machine = stall.Begin()

// replica is one replica's revocations, with a log that can be read.
type replica struct {
	*pushed
	told *lines
}

type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// patient is a generous store timeout for tests that are not about timing: the machine may be busy with others.
const patient = 10 * time.Second

func follower(t *testing.T, s *storetest.Server, open bool) replica {
	t.Helper()
	return hasty(t, s, patient, open)
}

// hasty gives the store up after that time.
func hasty(t *testing.T, s *storetest.Server, within time.Duration, open bool) replica {
	t.Helper()
	client, err := redis.Open(redis.Options{Address: s.Addr, Password: s.Password, AnswerWithin: within})
	if err != nil {
		t.Fatal(err)
	}
	told := &lines{}
	l := list{redis: client, families: familiesOf(t, "", time.Now), access: 15 * time.Minute, leeway: leeway}
	p := newPushed(l, 1000, time.Now, slog.New(slog.NewTextHandler(told, nil)))
	p.open, p.life = open, 15*time.Minute
	if err := p.follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return replica{p, told}
}

// familiesOf are a database's families, with tokens of a quarter of an hour.
func familiesOf(t *testing.T, database string, now func() time.Time) *families {
	t.Helper()
	accounts, err := user.Open(t.Context(), user.Config{URL: database, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { accounts.Close() })
	f := &families{
		db: accounts.DB(), access: 15 * time.Minute, grace: 10 * time.Second,
		idle: 7 * 24 * time.Hour, absolute: 30 * 24 * time.Hour,
	}
	if err := f.create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// ends announces logins whose tokens last no longer than present ones.
func (p replica) ends(ctx context.Context, ids ...string) error {
	logins := make([]login, len(ids))
	for i, id := range ids {
		logins[i].id = id
	}
	return p.end(ctx, logins...)
}

// saying is a valid token of a login of the user u.
func saying(login string) *claims {
	return &claims{Family: login, Subject: "u", Role: user.RoleUser, Expires: time.Now().Add(time.Minute).Unix()}
}

// sees returns p's verdict on a login: nil, errEnded or errUnheard.
func (p replica) sees(login string) error {
	_, err := p.role(context.Background(), saying(login))
	return err
}

// comes waits until a condition holds. TestPushDelay checks how soon.
func comes(t *testing.T, what string, so func() bool) {
	t.Helper()
	for began := time.Now(); !so(); time.Sleep(time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("%s: not after %v", what, time.Since(began))
		}
	}
}

// TestPushDelay measures how long an ended login still works at another replica, from when the logout has returned. It
// prints the delay, and checks only the declared bound.
func TestPushDelay(t *testing.T) {
	s := storetest.Redis(t, "hunter2")
	here, there := follower(t, s, false), follower(t, s, false)
	var delays []time.Duration
	for i := range 300 {
		login := fmt.Sprint("login-", i)
		if err := there.sees(login); err != nil {
			t.Fatal(err)
		}
		if err := here.ends(t.Context(), login); err != nil {
			t.Fatal(err)
		}
		if err := here.sees(login); !errors.Is(err, errEnded) {
			t.Fatalf("where it was ended: %v", err)
		}
		began, late := time.Now(), machine.Mark()
		for !errors.Is(there.sees(login), errEnded) {
			if took := time.Since(began); took > pushWithin+late() {
				t.Fatalf("an ended login works for %v, and %v are declared", took, pushWithin)
			}
		}
		delays = append(delays, time.Since(began))
	}
	slices.Sort(delays)
	t.Logf("push delay of %d logouts: p50 %v, p99 %v, worst %v", len(delays), delays[len(delays)/2],
		delays[len(delays)*99/100], delays[len(delays)-1])
}

// TestPushLoadsWhatWasBefore: a starting replica knows all existing entries before it serves, over more than one batch.
func TestPushLoadsWhatWasBefore(t *testing.T) {
	s := storetest.Redis(t, "")
	old := follower(t, s, false)
	old.ended.max = 10 * pushBatch
	var logins []string
	for i := range 2*pushBatch + 7 {
		logins = append(logins, fmt.Sprint("login-", i))
	}
	if err := old.ends(t.Context(), logins...); err != nil {
		t.Fatal(err)
	}
	if err := old.setRole(t.Context(), user.User{ID: "u", Role: user.RoleAdmin, Version: 3}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	fresh := follower(t, s, false)
	for _, login := range logins {
		if err := fresh.sees(login); !errors.Is(err, errEnded) {
			t.Fatalf("%s: %v", login, err)
		}
	}
	role, err := fresh.role(t.Context(), saying("other"))
	if err != nil || role != user.RoleAdmin || fresh.ended.len() != len(logins)+1 {
		t.Errorf("role %q, %v, %d entries", role, err, fresh.ended.len())
	}
}

// TestPushLost hangs the store, and then kills it: one replica fails closed, the other continues, both say so, and both
// learn what ended meanwhile once the store is back.
func TestPushLost(t *testing.T) {
	s := storetest.Redis(t, "")
	closed, open := hasty(t, s, redis.AnswerWithin, false), hasty(t, s, redis.AnswerWithin, true)
	if err := closed.ends(t.Context(), "before"); err != nil {
		t.Fatal(err)
	}
	comes(t, "the push", func() bool { return errors.Is(open.sees("before"), errEnded) })
	for what, fault := range map[string]struct{ begin, end func() }{
		"hangs":     {s.Pause, s.Resume},
		"is killed": {s.Stop, s.Start},
	} {
		fault.begin()
		comes(t, what+": closed", func() bool { return errors.Is(closed.sees("x"), api.ErrUnavailable) })
		comes(t, what+": told", func() bool { return strings.Contains(open.told.String(), "failing open") })
		comes(t, what+": weakened", func() bool { return strings.Contains(open.weakened(), "fails open") })
		for name, err := range map[string]error{
			"closed, ready": closed.ready(t.Context()), "closed, known": closed.sees("before"),
			"closed, end": closed.ends(t.Context(), "as it "+what), "open, end": open.ends(t.Context(), "as it "+what),
			"open, role": open.setRole(t.Context(), user.User{ID: "u", Role: user.RoleUser, Version: 1}, time.Time{}),
		} {
			if !errors.Is(err, api.ErrUnavailable) {
				t.Errorf("%s, %s: %v", what, name, err)
			}
		}
		if err := open.sees("x"); err != nil || open.ready(t.Context()) != nil || closed.weakened() != "" {
			t.Errorf("%s, open: %v; closed says %q", what, err, closed.weakened())
		}
		if err := open.sees("before"); !errors.Is(err, errEnded) {
			t.Errorf("%s, open, what it knows: %v", what, err)
		}
		fault.end()
		comes(t, what+": heard again", func() bool { return closed.sees("x") == nil && open.weakened() == "" })
		if err := closed.sees("before"); !errors.Is(err, errEnded) {
			t.Errorf("%s, after it: %v", what, err)
		}
		after := "after it " + what
		comes(t, what+": ended after it", func() bool { return closed.ends(t.Context(), after) == nil })
		comes(t, what+": pushed after it", func() bool { return errors.Is(open.sees(after), errEnded) })
	}
	for name, told := range map[string]string{
		"failing closed": closed.told.String(),
		"heard again":    closed.told.String(),
	} {
		if !strings.Contains(told, name) {
			t.Errorf("the log does not say %q: %s", name, told)
		}
	}
	if closed.within() != pushWithin || open.within() != open.life {
		t.Errorf("the guarantees are %v and %v", closed.within(), open.within())
	}
}

// TestPushReadsOtherServersIDs: a returning store whose clock is behind numbers its entries below those that a replica
// has seen.
func TestPushReadsOtherServersIDs(t *testing.T) {
	s := storetest.Redis(t, "")
	p := follower(t, s, false)
	if err := p.ends(t.Context(), "before"); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	s.Start()
	until := fmt.Sprint(time.Now().Add(time.Hour).UnixMilli())
	comes(t, "the new store", func() bool {
		return p.redis.Write(t.Context(), p.redis.B().Xadd().Key(stream).Id("5-1").FieldValue().FieldValue("end", "old id").
			FieldValue("until", until).Build()) == nil
	})
	comes(t, "an entry with a low id", func() bool { return errors.Is(p.sees("old id"), errEnded) })
}

// TestPushRefusesWhatItDoesNotUnderstand: such an entry may be a revocation.
func TestPushRefusesWhatItDoesNotUnderstand(t *testing.T) {
	s := storetest.Redis(t, "")
	p := follower(t, s, false)
	write := p.redis.B().Xadd().Key(stream).Id("*").FieldValue().FieldValue("end", "x").FieldValue("until", "soon").Build()
	if err := p.redis.Write(t.Context(), write); err != nil {
		t.Fatal(err)
	}
	comes(t, "closed", func() bool { return errors.Is(p.sees("y"), api.ErrUnavailable) })
}

func TestPushIsBounded(t *testing.T) {
	s := storetest.Redis(t, "")
	p := follower(t, s, false)
	length := func() int64 {
		n, err := p.redis.Wait(t.Context(), p.redis.B().Xlen().Key(stream).Build()).AsInt64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 100 {
		if err := p.ends(t.Context(), "the same"); err != nil {
			t.Fatal(err)
		}
	}
	if n := length(); n != 1 || p.ended.len() != 1 {
		t.Errorf("one login ended 100 times is %d entries, and %d here", n, p.ended.len())
	}
	p.ended.max = 3
	for i, want := range []error{nil, nil, errFull, errFull} {
		if err := p.ends(t.Context(), fmt.Sprint(i)); !errors.Is(err, want) {
			t.Errorf("login %d: %v, want %v", i+2, err, want)
		}
	}
	if n := length(); n != 3 {
		t.Errorf("%d entries where 3 have room", n)
	}
}
