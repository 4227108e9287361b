package token

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// lose are ways to lose the stream's content.
var lose = map[string]func(s *storetest.Server){
	"deleted":  func(s *storetest.Server) { s.Command("DEL", stream) },
	"flushed":  func(s *storetest.Server) { s.Command("FLUSHALL") },
	"renamed":  func(s *storetest.Server) { s.Command("RENAME", stream, "elsewhere") },
	"cut off":  func(s *storetest.Server) { s.Command("XTRIM", stream, "MAXLEN", "0") },
	"expired":  func(s *storetest.Server) { s.Command("PEXPIRE", stream, "1") },
	"replaced": func(s *storetest.Server) { s.Command("COPY", "empty", stream, "REPLACE") },
	"restarted": func(s *storetest.Server) {
		s.Stop()
		s.Start()
	},
}

// TestStreamIsLost in each way: all replicas still refuse what was revoked, including those that start later, and hear
// later revocations.
func TestStreamIsLost(t *testing.T) {
	for name, how := range lose {
		t.Run(name, func(t *testing.T) {
			s := storetest.Redis(t, "")
			w := own(t, s, "push")
			other := w.beside(0, "--revocation=push", "--redis="+s.URL())
			s.Command("XADD", "empty", "1-1", "end", "x", "until", "5", "as", "")
			good, ended, crowned := w.login("alice"), w.login("alice"), w.login("bob")
			if err := w.Logout(nil, request(ended.AccessToken, "")); err != nil {
				t.Fatal(err)
			}
			if err := w.accounts.SetRole(t.Context(), user.Trusted, crowned.Principal.ID, user.RoleAdmin); err != nil {
				t.Fatal(err)
			}
			if err := w.SetRole(t.Context(), crowned.Principal.ID, ""); err != nil {
				t.Fatal(err)
			}
			comes(t, "the other hears", func() bool { return other.isAdmin(crowned) })
			how(s)
			comes(t, "the role is told again", func() bool { return has(t, s, crowned.Principal.ID) })
			late := w.beside(0, "--revocation=push", "--redis="+s.URL())
			for what, r := range map[string]*world{"here": w, "there": other, "late": late} {
				comes(t, what+": heard again", func() bool { return failure(r.me(good.AccessToken)) == nil })
				r.want("ended before, "+what, ended.AccessToken, errEnded)
				comes(t, "the role, "+what, func() bool { return r.isAdmin(crowned) })
			}
			comes(t, "a logout", func() bool { return other.Logout(nil, request(good.AccessToken, "")) == nil })
			for _, r := range []*world{w, late} {
				comes(t, "a logout is heard", func() bool {
					return errors.Is(failure(r.me(good.AccessToken)), errEnded)
				})
			}
		})
	}
}

// has reports whether the stream has an entry about a login or user. Errors come from a store that is recovering.
func has(t *testing.T, s *storetest.Server, whom string) bool {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.Addr}, DisableCache: true, ForceSingleClient: true,
	})
	if err != nil {
		return false
	}
	defer client.Close()
	all, _ := client.Do(context.Background(), client.B().Xrange().Key(stream).Start("-").End("+").Build()).AsXRange()
	return strings.Contains(fmt.Sprint(all), whom)
}

// TestLostBeforeItIsHeard: an entry is lost with the whole stream before a replica reads it, and is not in the database
// yet.
func TestLostBeforeItIsHeard(t *testing.T) {
	s := storetest.Redis(t, "")
	here, there := follower(t, s, false), follower(t, s, false)
	for i := range 20 {
		login := fmt.Sprintf("login-%d", i)
		e := entry{kind: "end", whom: login, until: time.Now().Add(time.Hour), mark: login}
		here.tidings.expect(e)
		err := here.redis.Read(t.Context(), func(b rueidis.Builder) rueidis.Completed {
			return b.Arbitrary("EVAL").Args(`
				local id = redis.call('XADD', KEYS[1], '*', 'end', ARGV[1], 'until', '1', 'as', '')
				redis.call('DEL', KEYS[1])
				return id`).Args("1").Keys(stream).Args(login).Build()
		}).Error()
		if here.tidings.note(e, time.Since(here.born), err); err != nil {
			t.Fatal(err)
		}
		comes(t, "the other hears of "+login, func() bool { return errors.Is(there.sees(login), errEnded) })
		comes(t, "it goes on", func() bool { return here.sees("x") == nil })
	}
}

// TestEntriesGoByTheStreamsTime: an entry lasts as long as its id's time says, if its writer was behind, and as long as
// it says, if that is longer.
func TestEntriesGoByTheStreamsTime(t *testing.T) {
	s := storetest.Redis(t, "")
	p := follower(t, s, false)
	for login, until := range map[string]time.Time{
		"two hours behind": time.Now().Add(-2 * time.Hour), "right": time.Now().Add(p.keep()),
		"longer tokens": time.Now().Add(48 * time.Hour),
	} {
		s.Command("XADD", stream, "*", "end", login, "until", fmt.Sprint(until.UnixMilli()), "as", "")
		comes(t, login, func() bool { return errors.Is(p.sees(login), errEnded) })
		want := later(until, time.Now().Add(p.keep()))
		if got := p.ended.until(login); got.Before(want.Add(-time.Minute)) || got.After(want.Add(time.Minute)) {
			t.Errorf("%s: until %v, want %v", login, got, want)
		}
	}
}

// TestForeignStream: a key of another type is not a stream of revocations, at the start or later.
func TestForeignStream(t *testing.T) {
	s := storetest.Redis(t, "")
	p := follower(t, s, false)
	s.Command("SET", stream, "x")
	comes(t, "closed", func() bool { return errors.Is(p.sees("x"), api.ErrUnavailable) })
	if err := p.ends(t.Context(), "x"); !errors.Is(err, api.ErrUnavailable) {
		t.Error(err)
	}
	refuses(t, "WRONGTYPE", "--revocation=push", "--redis="+s.URL())
	s.Command("DEL", stream)
	comes(t, "heard again", func() bool { return p.sees("x") == nil })
}

// TestDeafReplicasDoNotWaitForNews: while a replica does not know what it missed it refuses requests, so it asks only
// for what is there.
func TestDeafReplicasDoNotWaitForNews(t *testing.T) {
	p := follower(t, storetest.Redis(t, ""), false).pushed
	p.close() // what follows is about a question, which nobody asks
	for _, c := range []struct {
		gap, lost, patient bool
	}{{false, false, true}, {true, false, false}, {false, true, false}, {true, true, false}} {
		p.place.gap = c.gap
		p.lost.Store(c.lost)
		if got := p.patience() == pushPoll; got != c.patient {
			t.Errorf("gap %v, lost %v: it waits %v", c.gap, c.lost, p.patience())
		}
	}
}
