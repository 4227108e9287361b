package token

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
)

// TestAnEmptiedRedisAdmitsNobody: a Redis that starts again without what it held is met over a new connection, and no
// answer over one counts before Redis has said which process it is. So an ended login stays ended from the first answer
// on.
func TestAnEmptiedRedisAdmitsNobody(t *testing.T) {
	for name, flags := range map[string][]string{"pipelined": nil, "plain": {"--redis-pipeline=false"}} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Redis(t, "")
			w := own(t, s, "denylist", flags...)
			good, ended := w.login("alice"), w.login("alice")
			if err := w.Logout(nil, request(ended.AccessToken, "")); err != nil {
				t.Fatal(err)
			}
			w.want("before", ended.AccessToken, errEnded)
			for range 3 {
				s.Stop()
				s.Start()
				comes(t, "the end is known again", func() bool {
					_, err := w.me(ended.AccessToken)
					if !errors.Is(err, errEnded) && !errors.Is(err, api.ErrUnavailable) {
						t.Fatalf("an ended login is admitted: %v", err)
					}
					return errors.Is(err, errEnded)
				})
				comes(t, "other logins go on", func() bool {
					_, err := w.me(good.AccessToken)
					return err == nil
				})
			}
		})
	}
}

// TestAnEmptiedRedisAdmitsNoneOfMany: the same where many requests are on their way. One of them finds out that Redis
// has lost its revocations while others, which began before, still hold an empty answer in their hands.
func TestAnEmptiedRedisAdmitsNoneOfMany(t *testing.T) {
	s := storetest.Redis(t, "")
	w := own(t, s, "denylist")
	ended := w.login("alice")
	if err := w.Logout(nil, request(ended.AccessToken, "")); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var asking sync.WaitGroup
	var admitted atomic.Int64
	for range 16 {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := w.me(ended.AccessToken); !errors.Is(err, errEnded) && !errors.Is(err, api.ErrUnavailable) {
					admitted.Add(1)
				}
			}
		})
	}
	for range 20 {
		s.Stop()
		s.Start()
		comes(t, "the end is known again", func() bool {
			_, err := w.me(ended.AccessToken)
			return errors.Is(err, errEnded)
		})
	}
	close(stop)
	asking.Wait()
	if n := admitted.Load(); n > 0 {
		t.Errorf("%d requests with an ended login were admitted", n)
	}
}

// TestLostRevocationsAreNoticed: a Redis that loses keys and ends no connection says so when it is asked, and is given
// them again.
func TestLostRevocationsAreNoticed(t *testing.T) {
	s := storetest.Redis(t, "")
	w := own(t, s, "denylist")
	for what, lose := range map[string]func(){
		"flushed":      func() { s.Command("FLUSHALL") },
		"one database": func() { s.Command("FLUSHDB") },
		"evicted": func() {
			s.Configure("maxmemory-policy", "allkeys-lru")
			s.Evict()
			s.Configure("maxmemory-policy", "noeviction")
		},
	} {
		ended := w.login("alice")
		if err := w.Logout(nil, request(ended.AccessToken, "")); err != nil {
			t.Fatal(what, err)
		}
		lose()
		comes(t, what+": the end is known again", func() bool {
			_, err := w.me(ended.AccessToken)
			return errors.Is(err, errEnded)
		})
	}
}

// TestARestorationThatLosesAgain: what Redis loses while revocations are written again needs another restoration.
func TestARestorationThatLosesAgain(t *testing.T) {
	d := own(t, storetest.Redis(t, ""), "denylist").revoked.(*denylist)
	d.close() // nobody restores but the test
	d.whole.Store(false)
	began := d.losses.Add(1)
	d.restored(began - 1)
	if d.whole.Load() {
		t.Error("a restoration from before the last loss counts")
	}
	if d.restored(began); !d.whole.Load() {
		t.Error("a restoration from after the last loss does not count")
	}
}
