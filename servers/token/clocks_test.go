package token

import (
	"errors"
	"strings"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

// skews are how far a replica's clock is from the accounts database's.
var skews = []time.Duration{
	-8 * 24 * time.Hour, -13 * time.Hour, -130 * time.Second, 15 * time.Second, 13 * time.Hour, 8 * 24 * time.Hour,
}

// TestFamiliesGoByTheDatabase: a replica with a wrong clock decides about families like one with the right clock.
func TestFamiliesGoByTheDatabase(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(testing.TB) string) {
		url := fresh(t)
		w := newWorld(t, url)
		for _, skew := range skews {
			other := w.beside(skew)
			g := w.login("alice")
			first := other.alive("the first tab", g.RefreshToken)
			w.later(w.families.grace)
			if second := w.alive("the second tab", g.RefreshToken); second.RefreshToken != first.RefreshToken {
				t.Errorf("%v: two tabs have two tokens", skew)
			}
			got, err := other.Devices(t.Context(), g.Principal.ID)
			if err != nil || len(got) != 1 || !got[0].Created.Equal(w.now().Add(-w.families.grace)) {
				t.Errorf("%v: devices %+v, %v", skew, got, err)
			}
			if err := other.families.sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			latest := w.alive("after a sweep", first.RefreshToken)
			if p, err := w.me(latest.AccessToken); err != nil || p.Name != "alice" {
				t.Errorf("%v: %+v, %v", skew, p, err)
			}
			w.later(w.families.grace + time.Microsecond)
			other.dead("a thief", first.RefreshToken)
			w.dead("the owner", latest.RefreshToken)

			idle := other.login("bob")
			c := claimsOf(t, w, idle.AccessToken)
			if c.IssuedAt != w.now().Unix() || c.Expires != w.now().Add(w.ttl).Unix() {
				t.Errorf("%v: a token from %d to %d, and it is %d", skew, c.IssuedAt, c.Expires, w.now().Unix())
			}
			w.later(w.families.idle - time.Second)
			other.alive("a second before the idle time", idle.RefreshToken)
			idle = other.login("bob")
			w.later(w.families.idle)
			other.dead("at the idle time", idle.RefreshToken)
		}
	})
}

// beside is another replica of w's accounts, with another clock.
func (w *world) beside(skew time.Duration, flags ...string) *world {
	w.t.Helper()
	other := &world{t: w.t}
	var err error
	now := func() time.Time { return w.now().Add(skew) }
	env := api.Env{Accounts: w.accounts, Now: now, DemoUsers: true, Loopback: true}
	other.Authenticator, err = opened(w.t, env, flags...)
	if err != nil {
		w.t.Fatal(err)
	}
	other.verifier.keys, other.verifier.byID = w.verifier.keys, w.verifier.byID
	return other
}

func claimsOf(t *testing.T, w *world, token string) *claims {
	t.Helper()
	c, err := w.verifier.verifyExpired(token)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFamiliesGoByPostgres uses the real clock of PostgreSQL, and logins aged by an UPDATE.
func TestFamiliesGoByPostgres(t *testing.T) {
	w := newWorld(t, usertest.SharedPostgres(t).NewDatabase(t))
	w.clock.Store(time.Now().Add(-13 * time.Hour).UnixNano())
	ages := func(id string, d time.Duration) {
		t.Helper()
		us := d.Microseconds()
		n, err := w.families.db.Exec(t.Context(), `UPDATE token_families SET created = created - ?, used = used - ?,
			expires = expires - ?, reach = reach - ? WHERE id = ?`, us, us, us, us, id)
		if err != nil || n != 1 {
			t.Fatal(n, err)
		}
	}
	g := w.login("alice")
	w.alive("the first tab", g.RefreshToken)
	w.alive("the second tab", g.RefreshToken)
	ages(g.Principal.Device, w.families.grace)
	w.dead("a thief", g.RefreshToken)

	g = w.login("alice")
	ages(g.Principal.Device, w.families.idle-time.Minute)
	g = w.alive("before the idle time", g.RefreshToken)
	ages(g.Principal.Device, w.families.idle)
	w.dead("after the idle time", g.RefreshToken)
	for range 5 {
		g = w.login("alice")
	}
	ages(g.Principal.Device, w.families.idle+sweepAfter+time.Second)
	if err := w.families.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	err := w.families.db.Get(t.Context(), `SELECT COUNT(*) FROM token_families`, nil, &left)
	if err != nil || left != 6 {
		t.Errorf("a sweep of 7 families, one of them expired, leaves %d, %v", left, err)
	}
}

// TestRedisTimeEndsTokens: once an entry may have expired, no replica accepts its token, even one whose clock is
// behind.
func TestRedisTimeEndsTokens(t *testing.T) {
	for _, revocation := range []string{"denylist", "push"} {
		m := storetest.Mini(t)
		m.SetTime(noon)
		w := newWorld(t, "", "--revocation="+revocation, "--redis=redis://"+m.Addr())
		g := w.login("alice")
		w.want(revocation+": a good token", g.AccessToken, nil)
		m.SetTime(noon.Add(w.ttl + leeway/2))
		comes(t, "the time of Redis", func() bool { return w.revoked.now().After(noon.Add(w.ttl)) })
		w.want(revocation+": within the leeway", g.AccessToken, nil)
		m.SetTime(noon.Add(w.ttl + leeway))
		comes(t, "the time of Redis", func() bool { return !w.revoked.now().Before(noon.Add(w.ttl + leeway)) })
		w.want(revocation+": beyond it, and 15 minutes behind", g.AccessToken, errPast)
		if said := w.Weakened(); !strings.Contains(said, "15m3") || !strings.Contains(said, "behind the clock of Redis") {
			t.Errorf("%s: /readyz says %q", revocation, said)
		}
	}
}

// TestWrongClockIsTold: /readyz names the difference once it exceeds the leeway.
func TestWrongClockIsTold(t *testing.T) {
	w := newWorld(t, "")
	for skew, want := range map[time.Duration]string{
		0: "", leeway - time.Second: "", 2*time.Second - leeway: "",
		130 * time.Second: "2m10s ahead of the clock of the accounts database",
		-13 * time.Hour:   "13h0m0s behind the clock of the accounts database",
	} {
		got := w.beside(skew).Weakened()
		if want == "" && got != "" || !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%v: %q, want something with %q", skew, got, want)
		}
	}
	other := w.beside(0)
	w.accounts.Close()
	if err := other.drift.ask(t.Context()); !errors.Is(err, user.ErrUnavailable) {
		t.Error(err)
	}
}

// TestOlderTables: a database of the version before has families without a reach, and they still work.
func TestOlderTables(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(testing.TB) string) {
		url := fresh(t)
		accounts, err := user.Open(t.Context(), user.Config{URL: url, DemoUsers: true, HashMemory: 64})
		if err != nil {
			t.Fatal(err)
		}
		defer accounts.Close()
		if err := accounts.DB().Create(t.Context(), schema...); err != nil {
			t.Fatal(err)
		}
		alice, err := accounts.ByName(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		at, expires := noon.UnixMicro(), noon.Add(time.Hour).UnixMicro()
		if _, err := accounts.DB().Exec(t.Context(), `INSERT INTO token_families
			(id, account, generation, agent, created, used, expires) VALUES (?, ?, 1, 'test', ?, ?, ?)`,
			device.id, alice.ID, at, at, expires); err != nil {
			t.Fatal(err)
		}
		m := storetest.Mini(t)
		m.SetTime(noon)
		w := newWorld(t, url, "--revocation=denylist", "--redis=redis://"+m.Addr())
		w.beside(0) // a second one finds what the first has done
		old, err := w.verifier.sign(w.verifier.about(alice, device.id, noon, noon.Add(w.ttl)))
		if err != nil {
			t.Fatal(err)
		}
		w.want("before", old, nil)
		next := w.alive("a family of the version before", device.encode(w.verifier.keys))
		if err := w.EndUser(t.Context(), alice.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.want("ended", old, api.ErrUnauthenticated)
		w.want("ended", next.AccessToken, api.ErrUnauthenticated)
	})
}

// TestRevocationsOutliveOthersTokens: a revocation lasts as long as the token does. That holds on a replica whose own
// tokens are shorter, and which heard of it twice, or knows it only from the database.
func TestRevocationsOutliveOthersTokens(t *testing.T) {
	const long = 48 * time.Hour
	for _, revocation := range []string{"denylist", "push"} {
		for name, end := range map[string]func(w *world, g api.Grant) error{
			"logout": func(w *world, g api.Grant) error { return w.Logout(nil, request(g.AccessToken, "")) },
			"ban":    func(w *world, g api.Grant) error { return w.EndUser(w.t.Context(), g.Principal.ID, "") },
			"device": func(w *world, g api.Grant) error {
				return w.EndDevice(w.t.Context(), g.Principal.ID, g.Principal.Device)
			},
			"role": func(w *world, g api.Grant) error {
				if err := w.accounts.SetRole(w.t.Context(), user.Trusted, g.Principal.ID, user.RoleAdmin); err != nil {
					return err
				}
				return w.SetRole(w.t.Context(), g.Principal.ID, "")
			},
		} {
			t.Run(revocation+" "+name, func(t *testing.T) {
				t.Parallel() // each waits for seconds until its replicas have asked for the time
				m := storetest.Mini(t)
				m.SetTime(noon)
				flags := []string{"--revocation=" + revocation, "--redis=redis://" + m.Addr()}
				w := newWorld(t, "", append(flags, "--access-ttl="+long.String())...)
				short := w.beside(0, append(flags, "--access-ttl=1m")...)
				g := w.login("alice")
				w.later(time.Hour)
				for range 2 {
					if err := end(short, g); err != nil && !errors.Is(err, user.ErrNotFound) {
						t.Fatal(err)
					}
				}
				// Time advances in Redis for as long as the token lives.
				m.FastForward(long - time.Hour)
				m.SetTime(noon.Add(long + leeway - time.Second))
				w.later(long - time.Hour - time.Second)
				comes(t, "the time of Redis", func() bool {
					return w.revoked.now().After(noon.Add(long)) && short.revoked.now().After(noon.Add(long))
				})
				_ = short.revoked.end(t.Context(), login{id: strings.Repeat("B", 22)}) // expired entries are dropped now
				for at, replica := range map[string]*world{"long": w, "short": short} {
					p, err := replica.me(g.AccessToken)
					if over := errors.Is(err, errEnded); !over && p.Role != user.RoleAdmin {
						t.Errorf("on the replica of %s tokens: %+v, %v", at, p, err)
					}
				}
			})
		}
	}
}

// TestRepeatsReachNoFurther: the latest again, from a replica with longer tokens, ends with the family's reach.
func TestRepeatsReachNoFurther(t *testing.T) {
	w := newWorld(t, "", "--access-ttl=1m")
	long := w.beside(0, "--access-ttl=48h")
	g := w.login("alice")
	w.alive("the next", g.RefreshToken)
	w.later(time.Second)
	again := long.alive("the next again", g.RefreshToken)
	if again.ExpiresIn > time.Minute+w.families.grace {
		t.Errorf("a token of %v, beyond the family's recorded reach", again.ExpiresIn)
	}
}

// TestEndedFamiliesStay until their tokens have expired: the next attempt completes a ban that was answered 503
// half-way.
func TestEndedFamiliesStay(t *testing.T) {
	m := storetest.Mini(t)
	w := shared(t, m, "--access-ttl=48h")
	g := w.login("alice")
	m.SetError("LOADING not yet")
	if err := w.EndUser(t.Context(), g.Principal.ID, ""); !errors.Is(err, api.ErrUnavailable) {
		t.Fatal(err)
	}
	m.SetError("")
	w.later(24 * time.Hour)
	if err := w.families.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The refusals have closed the connection, and a request that still had it gets one more 503.
	for deadline := time.Now().Add(30 * time.Second); ; {
		err := w.EndUser(t.Context(), g.Principal.ID, "")
		if err == nil {
			break
		}
		if !errors.Is(err, api.ErrUnavailable) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	w.want("a day after the first attempt", g.AccessToken, api.ErrUnauthenticated)
}
