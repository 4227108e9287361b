package token

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"authlab/servers/user"
)

func TestEndedExpires(t *testing.T) {
	now := noon
	e := newEnded(1000, func() time.Time { return now })
	is := func(login string) bool { _, err := e.role(&claims{Family: login}); return errors.Is(err, errEnded) }
	e.setRole("u", changed{2, user.RoleAdmin, noon.Add(time.Minute)})
	e.end("a", noon.Add(time.Minute))
	e.end("b", noon.Add(2*time.Minute))
	e.end("a", noon.Add(3*time.Minute)) // for longer
	e.end("a", noon.Add(time.Second))   // not for less
	e.end("past", noon)
	e.setRole("u", changed{1, user.RoleUser, noon.Add(time.Hour)}) // overtaken on its way
	for _, c := range []struct {
		after time.Duration
		a, b  bool
		left  int
	}{
		{0, true, true, 3},
		{time.Minute - 1, true, true, 3},
		{time.Minute, true, true, 2},
		{2 * time.Minute, true, false, 1},
		{3*time.Minute - 1, true, false, 1},
		{3 * time.Minute, false, false, 0},
	} {
		now = noon.Add(c.after)
		if n := e.len(); n != c.left || is("a") != c.a || is("b") != c.b || is("past") {
			t.Errorf("after %v: %d entries, a %v, b %v", c.after, n, is("a"), is("b"))
		}
	}
	if len(e.queue) != 0 || len(e.logins) != 0 || len(e.roles) != 0 {
		t.Errorf("left: %+v", e.queue)
	}
}

// TestEndedRole has a replica that knows the second version of an account, which made its user an admin.
func TestEndedRole(t *testing.T) {
	e := newEnded(10, func() time.Time { return noon })
	e.setRole("u", changed{2, user.RoleAdmin, noon.Add(time.Minute)})
	for _, c := range []struct {
		of   string
		says claims
		want user.Role
	}{
		{"a token from before", claims{Subject: "u", Role: user.RoleUser, Version: 1}, user.RoleAdmin},
		{"a token without a version", claims{Subject: "u", Role: user.RoleUser}, user.RoleAdmin},
		{"a token of that version", claims{Subject: "u", Role: user.RoleAdmin, Version: 2}, user.RoleAdmin},
		{
			"a token of a demotion whose news has not arrived",
			claims{Subject: "u", Role: user.RoleUser, Version: 3},
			user.RoleUser,
		},
		{"another user's", claims{Subject: "v", Role: user.RoleUser, Version: 1}, user.RoleUser},
	} {
		if got, err := e.role(&c.says); got != c.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", c.of, got, err, c.want)
		}
	}
}

// TestEndedTakesTheRoomOfItsEntries: one that is heard again, valid for longer, is no second one. A replica's own entry
// comes back like that where its idea of Redis's clock was late.
func TestEndedTakesTheRoomOfItsEntries(t *testing.T) {
	now := noon
	e := newEnded(2, func() time.Time { return now })
	for i := range 100 {
		until := noon.Add(time.Minute + time.Duration(i))
		e.end("a", until)
		e.setRole("u", changed{int64(i + 1), user.RoleUser, until})
	}
	if n := e.len(); n != 2 || len(e.queue) != n {
		t.Errorf("%d entries, %d notes, want 2", n, len(e.queue))
	}
	for _, c := range []struct {
		of   entry
		want error
	}{
		{entry{kind: "end", whom: "a"}, nil},
		{entry{kind: "role", whom: "u"}, nil},
		{entry{kind: "end", whom: "u"}, errFull},
		{entry{kind: "role", whom: "a"}, errFull},
	} {
		if err := e.full([]entry{c.of}); !errors.Is(err, c.want) {
			t.Errorf("room for %+v: %v, want %v", c.of, err, c.want)
		}
	}
	now = noon.Add(time.Minute + 98)
	if n := e.len(); n != 2 {
		t.Errorf("%d entries are left where both were announced for longer", n)
	}
	now = noon.Add(time.Minute + 99)
	if n := e.len(); n != 0 || len(e.queue) != 0 {
		t.Errorf("%d entries are left, %d notes", n, len(e.queue))
	}
}

// TestEndedFlood ends more logins than there is room for at a time, over many lives of a token.
func TestEndedFlood(t *testing.T) {
	now := noon
	e := newEnded(100, func() time.Time { return now })
	for i := range 100_000 {
		now = now.Add(time.Second)
		if err := e.full([]entry{{kind: "end", whom: fmt.Sprint(i)}}); err != nil {
			t.Fatal(i, err)
		}
		e.end(fmt.Sprint(i), now.Add(time.Minute))
	}
	if n := len(e.logins); n > 60 || cap(e.queue) > 1000 {
		t.Errorf("%d logins and a queue of %d, where a minute has 60", n, cap(e.queue))
	}
}
