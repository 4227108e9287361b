package apitest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"
)

// loginChecks cover how a login begins and how long it lasts.
var loginChecks = []check{
	{"R01 session ids are random and unique", sessionIDs, randomIDs},
	{"R02 an id that the server never issued is not adopted", sessionIDs, inventedIDs},
	{"R02 login makes a new credential and ends the one presented", authenticates, newAtLogin},
	{"R03 a login ends when it is idle", authenticates, idleEnds},
	{"R03 a login has an absolute end, however busy it is", authenticates, absoluteEnds},
}

func authenticates(s Scheme) bool { return s.Carrier != Name }
func cookies(s Scheme) bool       { return s.Carrier == Cookie }

// remembers reports whether the servers store logins, so that they can be ended.
func remembers(s Scheme) bool { return authenticates(s) && !s.Stateless }

// sessionIDs reports whether a cookie holds only an id. Signed cookies are tokens, and sealed ones hold what others
// store: both have checks of their own.
func sessionIDs(s Scheme) bool { return cookies(s) && !signed(s) && !s.Stateless }

// value returns the bytes of a cookie credential.
func (c credential) value() string {
	_, value, _ := strings.Cut(c.header.Get("Cookie"), "=")
	return value
}

// randomIDs examines thousands of ids: none occurs twice, and every bit is as often 0 as 1.
func randomIDs(w *world) error {
	const workers = 4
	w = w.unwatched(workers)
	n := w.scheme.repeats("R01", 100_000)
	ids := make([]string, n)
	failed := make(chan error, workers)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := worker; i < n; i += workers {
				c, err := w.login(i%len(w.urls), fmt.Sprintf("load-%06d", i%loadUsers), nil)
				if err != nil {
					failed <- err
					return
				}
				ids[i] = c.value()
			}
		})
	}
	all.Wait()
	close(failed)
	if err := <-failed; err != nil {
		return err
	}
	return errors.Join(randomLooking(ids), w.endLoadUsers())
}

// endLoadUsers ends the logins that thousands of requests have left behind, because a store may outlive its check.
// Aging all of it would take longer than the second that other checks leave a session.
func (w *world) endLoadUsers() error {
	for i := range loadUsers {
		c, err := w.login(0, fmt.Sprintf("load-%06d", i), nil)
		if err != nil {
			return err
		}
		if err := w.change(0, "POST", "/v1/logout-all", c.header, nil); err != nil {
			return err
		}
	}
	return nil
}

func randomLooking(ids []string) error {
	seen := map[string]bool{}
	var ones []int // by bit
	for _, id := range ids {
		if seen[id] {
			return fmt.Errorf("an id occurs twice in %d logins", len(ids))
		}
		seen[id] = true
		raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
		if err != nil {
			return fmt.Errorf("an id is not base64url: %.8s…", id)
		}
		if len(raw) < 16 || ones != nil && len(ones) != 8*len(raw) {
			return fmt.Errorf("ids have %d bytes, want at least 16, and all the same", len(raw))
		}
		if ones == nil {
			ones = make([]int, 8*len(raw))
		}
		for i := range ones {
			ones[i] += int(raw[i/8]>>(i%8)) & 1
		}
	}
	// A fair bit is this far off less than once in 10⁸ times.
	limit := 6 * math.Sqrt(float64(len(ids))) / 2
	for i, count := range ones {
		if off := math.Abs(float64(count) - float64(len(ids))/2); off > limit {
			return fmt.Errorf("bit %d of the ids is 1 in %d of %d", i, count, len(ids))
		}
	}
	return nil
}

func inventedIDs(w *world) error {
	genuine, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	name, _, _ := strings.Cut(genuine.header.Get("Cookie"), "=")
	if _, err := w.want(http.StatusNoContent, 0, "POST", "/v1/logout", genuine.header, nil); err != nil {
		return err
	}
	random := make([]byte, 32)
	rand.Read(random)
	for what, value := range map[string]string{
		"random":        base64.RawURLEncoding.EncodeToString(random),
		"a number":      "1",
		"a user's name": "admin",
		"one that was":  genuine.value(),
		"empty":         "",
	} {
		invented := http.Header{"Cookie": {name + "=" + value}}
		if err := w.everywhere(http.StatusUnauthorized, "GET", "/v1/me", invented, nil); err != nil {
			return fmt.Errorf("an invented id (%s): %w", what, err)
		}
		for i := range w.urls {
			c, err := w.login(i, "load-000002", invented)
			if err != nil {
				return fmt.Errorf("login with an invented id (%s): %w", what, err)
			}
			if c.value() == value {
				return fmt.Errorf("login adopted an invented id (%s)", what)
			}
			if alive, err := w.alive(i, c); err != nil || !alive {
				return fmt.Errorf("login with an invented id (%s) left the new one dead: %v", what, err)
			}
		}
		if err := w.everywhere(http.StatusUnauthorized, "GET", "/v1/me", invented, nil); err != nil {
			return fmt.Errorf("after a login with an invented id (%s): %w", what, err)
		}
	}
	return nil
}

func newAtLogin(w *world) error {
	for _, again := range []string{"load-000001", "load-000002"} { // the same user, and another one
		first, err := w.login(0, "load-000001", nil)
		if err != nil {
			return err
		}
		if err := w.everywhere(http.StatusOK, "GET", "/v1/me", first.header, nil); err != nil {
			return err
		}
		second, err := w.login(len(w.urls)-1, again, first.header)
		if err != nil {
			return fmt.Errorf("login that presents a credential: %w", err)
		}
		if fmt.Sprint(first.header) == fmt.Sprint(second.header) || second.refresh != "" && first.refresh == second.refresh {
			return fmt.Errorf("login as %s handed out the credential that was presented", again)
		}
		if second, err = w.lives(second); err != nil {
			return fmt.Errorf("the new credential of %s: %w", again, err)
		}
		if err := w.dead(first); err != nil {
			return fmt.Errorf("the credential presented at the login of %s: %w", again, err)
		}
	}
	return nil
}

// idleEnds: a login lives up to the idle time, and each use restarts it; a second longer, and it is over.
func idleEnds(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	for i := range 3 {
		w.advance(w.scheme.Idle - time.Second)
		if c, err = w.used(c, i%len(w.urls)); err != nil {
			return fmt.Errorf("a second before the idle time ended (%v, used %d times): %w", w.scheme.Idle, i, err)
		}
	}
	w.advance(w.scheme.Idle + time.Second)
	if err := w.over(c); err != nil {
		return fmt.Errorf("a second after the idle time of %v: %w", w.scheme.Idle, err)
	}
	return nil
}

func absoluteEnds(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	step, age := w.scheme.Idle/2, time.Duration(0)
	for ; age+step < w.scheme.Absolute; age += step {
		w.advance(step)
		if c, err = w.used(c, int(age/step)%len(w.urls)); err != nil {
			return fmt.Errorf("busy, %v of %v old: %w", age+step, w.scheme.Absolute, err)
		}
	}
	w.advance(w.scheme.Absolute - age + time.Second + w.scheme.lasts())
	if err := w.over(c); err != nil {
		return fmt.Errorf("busy, and older than %v: %w", w.scheme.Absolute, err)
	}
	return nil
}

// decoded returns an answer's JSON.
func decoded[T any](got response) (v T, err error) {
	if err = json.Unmarshal(got.body, &v); err != nil {
		err = fmt.Errorf("%.300s: %w", got.body, err)
	}
	return v, err
}
