package apitest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// rotation: every refresh hands out another token, on any replica. Reuse of an old token ends the family, because two
// people have it and the server cannot tell which is the thief.
func rotation(w *world) error {
	last := len(w.urls) - 1
	bystander, err := w.login(0, "alice", nil)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		wait time.Duration // before the first token is presented again
		more int           // refreshes in between, after the first
	}{
		{"after the grace", w.scheme.Grace + time.Second, 0},
		{"within the grace, when the second was used", 0, 1},
		{"after many refreshes", w.scheme.Grace + time.Second, 20},
	} {
		line, err := w.line(1 + c.more)
		if err != nil {
			return err
		}
		w.advance(c.wait)
		latest := line[len(line)-1]
		if _, err := w.want(http.StatusOK, last, "GET", "/v1/me", latest.header, nil); err != nil {
			return fmt.Errorf("%s: the control: %w", c.name, err)
		}
		if _, err := w.refresh(last, line[0].refresh, http.StatusUnauthorized); err != nil {
			return fmt.Errorf("%s: a used token: %w", c.name, err)
		}
		for i, c := range line {
			if _, err := w.refresh(i%len(w.urls), c.refresh, http.StatusUnauthorized); err != nil {
				return fmt.Errorf("generation %d after the family has ended: %w", i+1, err)
			}
		}
	}
	if _, err := w.refresh(last, bystander.refresh, http.StatusOK); err != nil {
		return fmt.Errorf("another device of the same user: %w", err)
	}
	return nil
}

// line logs alice in and refreshes n times, each time on another replica. Every access token must work, none may
// repeat.
func (w *world) line(n int) ([]credential, error) {
	c, err := w.login(0, "alice", nil)
	if err != nil {
		return nil, err
	}
	line := []credential{c}
	for i := range n {
		next, err := w.refresh(i%len(w.urls), c.refresh, http.StatusOK)
		if err != nil {
			return nil, fmt.Errorf("refresh %d: %w", i+1, err)
		}
		same := func(o credential) bool {
			return o.refresh == next.refresh || o.answer.AccessToken == next.answer.AccessToken
		}
		if slices.ContainsFunc(line, same) {
			return nil, fmt.Errorf("refresh %d hands out a token again", i+1)
		}
		if err := w.everywhere(http.StatusOK, "GET", "/v1/me", next.header, nil); err != nil {
			return nil, fmt.Errorf("refresh %d: %w", i+1, err)
		}
		line, c = append(line, next), next
	}
	return line, nil
}

// grace: answers get lost, and tabs refresh at once. All of them must get the same refresh token, or the slower one's
// next refresh would look like a theft.
func grace(w *world) error {
	const tabs = 8
	for round := range 10 {
		c, err := w.login(0, "bob", nil)
		if err != nil {
			return err
		}
		got, errs := [tabs]credential{}, [tabs]error{}
		var all sync.WaitGroup
		for i := range tabs {
			all.Go(func() { got[i], errs[i] = w.refresh(i%len(w.urls), c.refresh, http.StatusOK) })
		}
		all.Wait()
		if err := errors.Join(errs[:]...); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		w.advance(w.scheme.Grace - time.Second)
		late, err := w.refresh(0, c.refresh, http.StatusOK)
		if err != nil {
			return fmt.Errorf("a second before the grace ends: %w", err)
		}
		for i, g := range append(got[:], late) {
			if g.refresh != late.refresh {
				return fmt.Errorf("tab %d got another refresh token than the others", i)
			}
			if err := w.everywhere(http.StatusOK, "GET", "/v1/me", g.header, nil); err != nil {
				return fmt.Errorf("tab %d: %w", i, err)
			}
		}
		w.advance(2 * time.Second)
		if _, err := w.refresh(0, late.refresh, http.StatusOK); err != nil {
			return fmt.Errorf("the token that all tabs have: %w", err)
		}
	}
	return nil
}

// familyEnds checks three ends: no refresh within the idle time, the absolute lifetime despite refreshes, and the
// logout.
func familyEnds(w *world) error {
	idle, err := w.login(0, "bob", nil)
	if err != nil {
		return err
	}
	c, err := w.login(0, "alice", nil)
	if err != nil {
		return err
	}
	began := w.clock.Now()
	left := func() time.Duration { return began.Add(w.scheme.Absolute).Sub(w.clock.Now()) }
	for left() > w.scheme.Idle {
		w.advance(w.scheme.Idle - time.Second)
		if c, err = w.refresh(0, c.refresh, http.StatusOK); err != nil {
			return fmt.Errorf("%v after the login, a second before the idle time: %w", w.clock.Now().Sub(began), err)
		}
	}
	if _, err := w.refresh(0, idle.refresh, http.StatusUnauthorized); err != nil {
		return fmt.Errorf("past the idle time: %w", err)
	}
	w.advance(left() - time.Second)
	if c, err = w.refresh(0, c.refresh, http.StatusOK); err != nil {
		return fmt.Errorf("a second before the absolute end: %w", err)
	}
	if c.answer.ExpiresIn > 1 {
		return fmt.Errorf("an access token of %d s, when the login has a second left", c.answer.ExpiresIn)
	}
	w.advance(time.Second)
	if _, err := w.refresh(0, c.refresh, http.StatusUnauthorized); err != nil {
		return fmt.Errorf("at the absolute end: %w", err)
	}
	return endsByLogout(w)
}

// endsByLogout: whichever token a logout presents, its family hands out no further token.
func endsByLogout(w *world) error {
	for name, how := range map[string]func(credential) (http.Header, any){
		"the access token": func(c credential) (http.Header, any) { return c.header, nil },
		"the refresh token": func(c credential) (http.Header, any) {
			return nil, map[string]string{"refresh_token": c.refresh}
		},
	} {
		line, err := w.line(1)
		if err != nil {
			return err
		}
		header, body := how(line[1])
		if _, err := w.want(http.StatusNoContent, 0, "POST", "/v1/logout", header, body); err != nil {
			return fmt.Errorf("logout by %s: %w", name, err)
		}
		for _, c := range line {
			if _, err := w.refresh(len(w.urls)-1, c.refresh, http.StatusUnauthorized); err != nil {
				return fmt.Errorf("after a logout by %s: %w", name, err)
			}
		}
	}
	return nil
}

// forgedRefresh alters refresh tokens, and the body that they come in.
func forgedRefresh(w *world) error {
	c, err := w.login(0, "alice", nil)
	if err != nil {
		return err
	}
	bytes, err := base64.RawURLEncoding.DecodeString(c.refresh)
	if err != nil {
		return err
	}
	forged := []string{
		"", "x", c.refresh + "=", c.refresh + "A", c.refresh + "\n", " " + c.refresh, c.refresh + "\x00",
		c.refresh[:20] + "\n" + c.refresh[20:],
		c.refresh[:len(c.refresh)-1], c.refresh[1:], strings.Repeat("A", len(c.refresh)), strings.Repeat("A", 10_000),
		"' OR 1=1 --",
	}
	for i := range 8 * len(bytes) {
		bytes[i/8] ^= 1 << (i % 8)
		forged = append(forged, encode(string(bytes)))
		bytes[i/8] ^= 1 << (i % 8)
	}
	for i := range len(alphabet) {
		last := c.refresh[:len(c.refresh)-1] + alphabet[i:i+1]
		if last != c.refresh && decodes(last, bytes) {
			forged = append(forged, last)
		}
	}
	for _, token := range forged {
		if _, err := w.refresh(0, token, http.StatusUnauthorized); err != nil {
			return fmt.Errorf("%.80q: %w", token, err)
		}
	}
	for _, body := range []string{
		`{"refresh_token":"` + c.refresh + `","refresh_token":"x"}`,
		`{"refresh_token":"x","refresh_token":"` + c.refresh + `"}`,
		`{"Refresh_Token":"` + c.refresh + `"}`, `{"refresh_token":["` + c.refresh + `"]}`, `{"refresh_token":null}`,
		`"` + c.refresh + `"`,
		`{"refresh_token":"` + c.refresh + `"}{}`, `{"refresh_token":"` + c.refresh + `","x":1}`,
		`[{"refresh_token":"` + c.refresh + `"}]`,
	} {
		if _, err := w.want(http.StatusBadRequest, 0, "POST", "/v1/refresh", nil, body); err != nil {
			return fmt.Errorf("%.60s: %w", body, err)
		}
	}
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	got, err := w.do(0, "POST", "/v1/refresh?refresh_token="+c.refresh, form, "refresh_token="+c.refresh)
	if err != nil || got.StatusCode/100 != 4 {
		return fmt.Errorf("a refresh token in a form and in the query: status %d, %w", got.StatusCode, err)
	}
	_, err = w.refresh(0, c.refresh, http.StatusOK) // none of these has used it up
	return err
}
