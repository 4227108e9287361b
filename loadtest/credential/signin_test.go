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
	"sync/atomic"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

var (
	key    = []byte("0123456789abcdef0123456789abcdef")
	tokens = plan.Scheme{Carrier: plan.ByBearer}
)

// server signs load users in with the credential that give returns, and recognises them by the header that carried it.
func server(t *testing.T, give func(w http.ResponseWriter, name string) (token string)) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/login", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Username, Password string }
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Password != password(key, in.Username) {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		token := give(w, in.Username)
		json.NewEncoder(w).Encode(map[string]any{"user": person{in.Username, in.Username, "user"}, "access_token": token})
	})
	mux.HandleFunc("GET /v1/me", func(w http.ResponseWriter, r *http.Request) {
		for _, header := range []string{"Authlab-User", "Cookie", "Authorization"} {
			if _, name, ok := strings.Cut(r.Header.Get(header), "load-"); ok {
				name = "load-" + name[:6]
				json.NewEncoder(w).Encode(person{name, name, "user"})
				return
			}
		}
		http.Error(w, "who?", http.StatusUnauthorized)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func cookie(w http.ResponseWriter, name string) string {
	http.SetCookie(w, &http.Cookie{Name: "session", Value: name, Path: "/", HttpOnly: true})
	http.SetCookie(w, &http.Cookie{Name: "AUTHLAB_REPLICA", Value: "r1"})
	// not part of what is measured
	http.SetCookie(w, &http.Cookie{Name: "authlab_device", Value: "known", Path: "/v1/login"})
	return ""
}

func bearer(_ http.ResponseWriter, name string) string { return name }

func TestSignIn(t *testing.T) {
	for _, test := range []struct {
		carrier plan.Carrier
		give    func(http.ResponseWriter, string) string
		header  string
		value   string // of user 7
	}{
		{plan.ByCookie, cookie, "Cookie", "session=load-000007; AUTHLAB_REPLICA=r1"},
		{plan.ByBearer, bearer, "Authorization", "Bearer load-000007"},
		{plan.ByName, nil, "Authlab-User", "load-000007;load-000007;user"},
	} {
		t.Run(string(test.carrier), func(t *testing.T) {
			base := server(t, test.give)
			all, err := SignIn(t.Context(), Config{Base: base, Scheme: plan.Scheme{Carrier: test.carrier}, Users: 20, Key: key})
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range all {
				if name := fmt.Sprintf("load-%06d", i); c.User != name || !strings.Contains(string(c.Me), name) {
					t.Errorf("credential %d is %s's and answers %s", i, c.User, c.Me)
				}
			}
			if c := all[7]; c.Header != test.header || c.Value != test.value {
				t.Errorf("it is carried as %q: %q, want %q: %q", c.Header, c.Value, test.header, test.value)
			}
		})
	}
}

func TestSignInSaysWhoFailedAndHow(t *testing.T) {
	var n atomic.Int64
	for _, test := range []struct {
		name string
		give func(http.ResponseWriter, string) string
		key  []byte
		want string
	}{
		{"wrong key", bearer, []byte("another"), "status 401"},
		{"no credential", func(http.ResponseWriter, string) string { return "" }, key, "carries no bearer"},
		{"another user's credential", func(http.ResponseWriter, string) string {
			return fmt.Sprintf("load-%06d", 500+n.Add(1))
		}, key, "asked who it is right after"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := SignIn(t.Context(), Config{Base: server(t, test.give), Scheme: tokens, Users: 5, Key: test.key})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "load-00000") {
				t.Errorf("got %v, want an error that names a user and says %q", err, test.want)
			}
		})
	}
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	var n atomic.Int64
	back := server(t, bearer)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%3 == 0 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		to, _ := http.NewRequest(r.Method, back+r.URL.Path, r.Body)
		to.Header = r.Header
		reply, err := http.DefaultClient.Do(to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer reply.Body.Close()
		w.WriteHeader(reply.StatusCode)
		io.Copy(w, reply.Body)
	}))
	t.Cleanup(s.Close)
	if _, err := SignIn(t.Context(), Config{Base: s.URL, Scheme: tokens, Users: 5, Key: key}); err != nil {
		t.Error(err)
	}
}

func TestALostLoginIsExpectedWhereTheSchemeLosesThem(t *testing.T) {
	base := server(t, func(w http.ResponseWriter, name string) string {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "unknown-here"})
		return ""
	})
	loses := plan.Scheme{Carrier: plan.ByCookie, LosesLogins: true}
	all, err := SignIn(t.Context(), Config{Base: base, Scheme: loses, Users: 3, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"load-000002","name":"load-000002","role":"user"}`; string(all[2].Me) != want {
		t.Errorf("the expected answer is %s, want %s", all[2].Me, want)
	}
	keeps := plan.Scheme{Carrier: plan.ByCookie}
	if _, err := SignIn(t.Context(), Config{Base: base, Scheme: keeps, Users: 3, Key: key}); err == nil {
		t.Error("a scheme that keeps its logins may not lose one")
	}
}

func TestProgressIsToldToTheEnd(t *testing.T) {
	var told []int
	c := Config{Base: server(t, bearer), Scheme: tokens, Users: 250, Key: key}
	c.Progress = func(done int) { told = append(told, done) }
	if _, err := SignIn(t.Context(), c); err != nil || fmt.Sprint(told) != "[100 200 250]" {
		t.Errorf("told %v, %v", told, err)
	}
}

func TestAnotherLabsReplicaIsRefused(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Replica", "stale-0")
		json.NewEncoder(w).Encode(person{"load-000000", "load-000000", "user"})
	}))
	defer s.Close()
	c := Config{Base: s.URL, Scheme: plan.Scheme{Carrier: plan.ByName}, Users: 1}
	for nonce, want := range map[string]bool{"": true, "stale": true, "stal": false, "5f3a9c": false} {
		c.Nonce = nonce
		if _, err := SignIn(t.Context(), c); (err == nil) != want {
			t.Errorf("with the nonce %q: %v", nonce, err)
		}
	}
}

func TestSignInEndsWithoutAnAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan bool)
	base := server(t, func(_ http.ResponseWriter, name string) string {
		cancel()
		<-release
		return name
	})
	began := time.Now()
	_, err := SignIn(ctx, Config{Base: base, Scheme: tokens, Users: 5, Key: key})
	close(release)
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 8*time.Second {
		t.Errorf("it took %v and ended with %v", took, err)
	}
}

func TestSignInEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := SignIn(ctx, Config{Base: server(t, bearer), Scheme: tokens, Users: 5, Key: key}); err == nil {
		t.Error("it went on after its context had ended")
	}
}

func TestOnlyForetoldAnswersAreNotTried(t *testing.T) {
	for _, test := range []struct{ format, want string }{
		{`{"id":%q,"name":%q,"role":"user"}`, "3 trials"},   // the first user, and one of sixteen
		{`{"id":%q,"name":%q,"role":"user"} `, "40 trials"}, // another server's form
	} {
		trials := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			trials++
			name, _, _ := strings.Cut(r.Header.Get("Authlab-User"), ";")
			fmt.Fprintf(w, test.format, name, name)
		}))
		all, err := SignIn(t.Context(),
			Config{Base: s.URL, Scheme: plan.Scheme{Carrier: plan.ByName}, Users: 40, Parallel: 1})
		s.Close()
		if got := fmt.Sprint(trials, " trials"); err != nil || got != test.want {
			t.Errorf("%s: %s, %v, want %s", test.format, got, err, test.want)
		}
		if want := fmt.Sprintf(test.format, "load-000039", "load-000039"); err == nil && string(all[39].Me) != want {
			t.Errorf("the last user's answer is expected to be %s, want %s", all[39].Me, want)
		}
	}
}
