package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
)

// hostileName is a server's name that tries to be more than text: markup of HTML and Markdown, the end of a cell, and
// control or invisible characters of a terminal.
const hostileName = `<img src=x onerror=alert(1)>|[a](javascript:b)` +
	"![c](http://192.0.2.1/p.png)`d`**e** \u202e\u009b31m\u2066\u00ad"

// fakeTarget is a server of the API with one user. It chooses its own name, and its own answer to a login.
type fakeTarget struct {
	name   string
	lax    bool                        // it accepts logins that were ended
	login  func(w http.ResponseWriter) // nil for a login
	others atomic.Int64                // requests that were redirected to another server
	logins sync.Map
}

func (f *fakeTarget) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Replica", f.name)
	who := map[string]string{"id": "1", "name": "alice", "role": "user"}
	known := false
	cookie, _ := r.Cookie("s")
	if cookie != nil {
		_, known = f.logins.Load(cookie.Value)
	}
	switch {
	case r.URL.Path == "/v1/login" && f.login != nil:
		f.login(w)
	case r.URL.Path == "/v1/login":
		login := rand.Text()
		f.logins.Store(login, true)
		w.Header().Set("Set-Cookie", "s="+login)
		json.NewEncoder(w).Encode(map[string]any{"user": who})
	case r.URL.Path == "/v1/logout":
		if known && !f.lax {
			f.logins.Delete(cookie.Value)
		}
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path != "/v1/me":
		w.WriteHeader(http.StatusNotFound)
	case !known:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		json.NewEncoder(w).Encode(who)
	}
}

// onFakeTarget runs the bench on a fake target.
func onFakeTarget(t *testing.T, f *fakeTarget, flags ...string) (said string, code int, results string) {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	users := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(users, []byte("alice secret-of-alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AUTHLAB_REDIS_URL", "")
	return onTarget(t, t.Context(), tinyTarget, append([]string{
		"--target", s.URL, "--scheme", "session-sticky",
		"--users", users, "--max-rate", "2000",
	}, flags...)...)
}

// visibleOnly fails if a text has a control or invisible character.
func visibleOnly(t *testing.T, what, text string) {
	t.Helper()
	for _, bad := range []string{"\x1b", "\a", "\u202e", "\u2066", "\u009b", "\u00ad"} {
		if strings.Contains(text, bad) {
			i := strings.Index(text, bad)
			t.Errorf("%s has %q: %q", what, bad, text[max(0, i-80):min(len(text), i+40)])
		}
	}
}

func TestWhatATargetSendsIsShownAndNotObeyed(t *testing.T) {
	said, code, results := onFakeTarget(t, &fakeTarget{name: hostileName})
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, said)
	}
	visibleOnly(t, "what it said", said)
	run := onlyRun(t, results)
	for _, name := range []string{"report.md", "report.html", "report.json", "env.json", "events.jsonl"} {
		visibleOnly(t, name, string(read(t, run, name)))
	}
	page, text := string(read(t, run, "report.html")), string(read(t, run, "report.md"))
	if strings.Contains(page, "<img") || !strings.Contains(page, "&lt;img src=x") {
		t.Error("the page does not show the name as text")
	}
	for _, raw := range []string{"<img", "](javascript", "![c]", "`d`", "**e**"} {
		for at := 0; ; at++ {
			next := strings.Index(text[at:], raw)
			if next < 0 {
				break
			}
			if at += next; text[at-1] != '\\' {
				t.Errorf("report.md has %q unescaped: %q", raw, text[max(0, at-60):at+20])
			}
		}
	}
	cells := 0
	for line := range strings.Lines(text) {
		if strings.Contains(line, "onerror") && strings.HasPrefix(line, "|") {
			cells++
			if bars := strings.Count(line, "|") - strings.Count(line, `\|`); bars != 4 && bars != 3 {
				t.Errorf("the name ends a cell: %s", line)
			}
		}
	}
	if cells != 2 {
		t.Errorf("the name is in %d rows of tables, want those of its answers and of the environment", cells)
	}
	reportAgainIsTheSame(t, run)
}

func TestALoginThatIsAnsweredWithMore(t *testing.T) {
	for status, body := range map[int]string{
		http.StatusForbidden: hostileName, http.StatusUnauthorized: "\x1b[2J" + hostileName,
		http.StatusTooManyRequests: "a\r\nb\x1b]0;x\a", http.StatusOK: "\x1b[31m" + hostileName,
	} {
		said, code, _ := onFakeTarget(t, &fakeTarget{name: "a", login: func(w http.ResponseWriter) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}})
		if code != wentWrong || !strings.Contains(said, "alice could not sign in") {
			t.Errorf("%d: exit code %d:\n%s", status, code, said)
		}
		visibleOnly(t, fmt.Sprint(status), said)
	}
}

// A redirected login would send the password to a server that was never named.
func TestALoginIsNotSentOn(t *testing.T) {
	other := &fakeTarget{name: "a"}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		other.others.Add(1)
		other.ServeHTTP(w, r)
	}))
	defer elsewhere.Close()
	said, code, _ := onFakeTarget(t, &fakeTarget{name: "a", login: func(w http.ResponseWriter) {
		w.Header().Set("Location", elsewhere.URL+"/v1/login")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}})
	if code != wentWrong || !strings.Contains(said,
		fmt.Sprintf("status 307, which leads to %q: no redirect is followed", elsewhere.URL+"/v1/login")) {
		t.Errorf("exit code %d:\n%s", code, said)
	}
	if n := other.others.Load(); n > 0 {
		t.Errorf("%d requests reached a server that was never named", n)
	}
}

// A script looks at the exit code of a bench, and not at its report.
func TestATargetThatFailsTheProbe(t *testing.T) {
	said, code, results := onFakeTarget(t, &fakeTarget{name: "a", lax: true})
	if code != wentWrong {
		t.Errorf("exit code %d, want %d", code, wentWrong)
	}
	says(t, said, `(?m)^authlab: the target failed the probe, so that no slice counts: `+
		`replica 0 still took a login that had been ended.*; the report is .*report.html$`)
	says(t, string(read(t, onlyRun(t, results), "report.md")), `replica 0 still took a login that had been ended`)
}

// A token that ends its header would let the target make a request of its own, in the generator's name.
func TestATokenThatIsMoreThanOne(t *testing.T) {
	for _, token := range []string{
		"a\r\nX-More: 1", "a\r\n\r\nGET /v1/admin HTTP/1.1\r\n\r\n", "a\nb", "a\x00b",
		"a\u202eb",
	} {
		s := httptest.NewServer(&fakeTarget{name: "a", login: func(w http.ResponseWriter) {
			json.NewEncoder(w).Encode(map[string]any{"user": map[string]string{
				"id": "1", "name": "alice",
				"role": "user",
			}, "access_token": token})
		}})
		scheme, err := plan.SchemeNamed("token-hs256")
		if err != nil {
			t.Fatal(err)
		}
		_, err = credential.SignIn(t.Context(), credential.Config{
			Base: s.URL, Scheme: scheme, Users: 1,
			As: []credential.Account{{Name: "alice", Password: "x"}},
		})
		if err == nil || !strings.Contains(err.Error(), "that no header can hold") ||
			strings.ContainsAny(err.Error(), "\r\n\x00\u202e") {
			t.Errorf("%q: %v", token, err)
		}
		s.Close()
	}
}
