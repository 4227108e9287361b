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

// TestEndedFlood ends more logins than there is room for at a time, over many lives of a token.
func TestEndedFlood(t *testing.T) {
	now := noon
	e := newEnded(100, func() time.Time { return now })
	for i := range 100_000 {
		now = now.Add(time.Second)
		if err := e.full(1); err != nil {
			t.Fatal(i, err)
		}
		e.end(fmt.Sprint(i), now.Add(time.Minute))
	}
	if n := len(e.logins); n > 60 || cap(e.queue) > 1000 {
		t.Errorf("%d logins and a queue of %d, where a minute has 60", n, cap(e.queue))
	}
}
