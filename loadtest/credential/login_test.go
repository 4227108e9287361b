package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

func TestLogInAsksNothingElse(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Username, Password string }
		json.NewDecoder(r.Body).Decode(&in)
		mu.Lock()
		asked[r.Method+r.URL.Path+" "+in.Username+" "+in.Password]++
		mu.Unlock()
		w.Header().Set("X-Replica", "lab-0")
		json.NewEncoder(w).Encode(map[string]any{"user": person{in.Username, in.Username, "user"}, "access_token": "t"})
	}))
	defer s.Close()
	c := Config{Base: s.URL, Scheme: tokens, First: 7, Users: 3, Parallel: 16, Key: key, Nonce: "lab"}
	if n, turned, err := LogIn(t.Context(), c); n != 3 || turned != 0 || err != nil {
		t.Errorf("%d logins, %d turned away, %v", n, turned, err)
	}
	c.As = []Account{{"alice", "geheim"}}
	if n, _, err := LogIn(t.Context(), c); n != 3 || err != nil {
		t.Errorf("%d logins, %v", n, err)
	}
	want := map[string]int{"POST/v1/login alice geheim": 3}
	for i := range 3 {
		want["POST/v1/login "+userName(7+i)+" "+password(key, userName(7+i))] = 1
	}
	if fmt.Sprint(asked) != fmt.Sprint(want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

func TestLogInSaysWhatWentWrong(t *testing.T) {
	answer := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Replica", "lab-0")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	for name, test := range map[string]struct {
		base   string
		scheme plan.Scheme
		want   string
	}{
		"a stranger": {
			answer(200, `{"user":{"name":"mallory"},"access_token":"t"}`), tokens,
			`the answer is for the user "mallory"`,
		},
		"refused": {answer(401, `{}`), tokens, "status 401"},
		"empty":   {answer(200, `{"user":{"name":"load-000000"}}`), tokens, "carries no bearer"},
		"control": {answer(200, `{}`), plan.Scheme{Name: plan.Control, Carrier: plan.ByName}, "there are no logins"},
	} {
		n, _, err := LogIn(t.Context(),
			Config{Base: test.base, Scheme: test.scheme, Users: 1, Parallel: 1, Key: key, Nonce: "lab"})
		if n != 0 || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %d, %v, want %q", name, n, err, test.want)
		}
	}
}

// TestLogInComesAgain: a busy server turns logins away, which is counted and is not an error.
func TestLogInComesAgain(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Replica", "lab-0")
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, `{"user":{"name":"load-000000","id":"load-000000","role":"user"},"access_token":"t"}`)
	}))
	defer s.Close()
	made, turned, err := LogIn(t.Context(),
		Config{Base: s.URL, Scheme: tokens, Users: 1, Parallel: 1, Key: key, Nonce: "lab"})
	if made != 1 || turned != 1 || err != nil {
		t.Errorf("%d made, %d turned away, %v", made, turned, err)
	}
}

// TestLogInEndsWithItsContext: also while no server answers, and with the reason for the end.
func TestLogInEndsWithItsContext(t *testing.T) {
	came := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // otherwise the server does not notice that its client is gone
		close(came)
		<-r.Context().Done()
	}))
	defer s.Close()
	ctx, end := context.WithCancelCause(t.Context())
	over := errors.New("over")
	go func() {
		<-came
		end(over)
	}()
	began := time.Now()
	n, _, err := LogIn(ctx, Config{Base: s.URL, Scheme: tokens, Users: 9, Parallel: 1, Key: key})
	if n != 0 || !errors.Is(err, over) || time.Since(began) > time.Minute {
		t.Errorf("%d, %v after %v", n, err, time.Since(began))
	}
}

// TestSignInGoesOnWhereItLeftOff signs in users after the first ones.
func TestSignInGoesOnWhereItLeftOff(t *testing.T) {
	got, err := SignIn(t.Context(), Config{Base: server(t, bearer), Scheme: tokens, First: 40, Users: 3, Key: key})
	if err != nil || len(got) != 3 || got[0].User != "load-000040" || got[2].User != "load-000042" {
		t.Errorf("%v, %v", got, err)
	}
}
