package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lib "github.com/tsenart/vegeta/v12/lib"

	"authlab/loadtest/cluster"
)

// targeted runs authlab targets and returns what it said.
func targeted(t *testing.T, args ...string) (said string, code int) {
	t.Helper()
	var out bytes.Buffer
	code = authlab(t.Context(), append([]string{"targets"}, args...), &out, &out)
	return out.String(), code
}

// TestTargetsOfRealServers: Vegeta itself attacks sessiond and tokend with them, and every answer is 200.
func TestTargetsOfRealServers(t *testing.T) {
	bin := programs(t)
	for _, row := range []string{"session-sticky", "token-hs256"} {
		t.Run(row, func(t *testing.T) {
			c, flags := deployment(t, bin, row)
			out := filepath.Join(t.TempDir(), "targets.json")
			said, code := targeted(t, append(who(flags), "--logins", "20", "--out", out)...)
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, said)
			}
			says(t, said, `^20 logins of `+row+` are in `, `vegeta attack -format=json -targets=`)
			info, err := os.Stat(out)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("the file is %v: %v", info.Mode(), err)
			}
			attacked(t, string(read(t, filepath.Dir(out), "targets.json")), c)
			if said, code := targeted(t, append(who(flags), "--out", out)...); code != askedWrong ||
				!strings.Contains(said, "exists: name another file with --out, or remove it") {
				t.Errorf("a second time: exit code %d: %s", code, said)
			}
		})
	}
}

// who leaves out the flags of a bench that say nothing of who signs in.
func who(flags []string) (left []string) {
	for i := 0; i+1 < len(flags); i += 2 {
		if flags[i] != "--replicas" {
			left = append(left, flags[i], flags[i+1])
		}
	}
	return left
}

// attacked sends twice as many requests as there are targets.
func attacked(t *testing.T, text string, c *cluster.Cluster) {
	t.Helper()
	targets, err := lib.ReadAllTargets(lib.NewJSONTargeter(strings.NewReader(text), nil, nil))
	if err != nil || len(targets) != 20 {
		t.Fatalf("%d targets: %v", len(targets), err)
	}
	users := map[string]bool{}
	attack := lib.NewAttacker(lib.Redirects(lib.NoFollow))
	for r := range attack.Attack(lib.NewStaticTargeter(targets...), lib.Rate{Freq: 100, Per: time.Second},
		400*time.Millisecond, "by hand") {
		if r.Code != http.StatusOK || r.Error != "" {
			t.Errorf("request %d: %d %s", r.Seq, r.Code, r.Error)
		}
		users[string(r.Body)] = true
	}
	if len(users) != 20 {
		t.Errorf("%d users were answered, want 20", len(users))
	}
	if target := targets[0].URL; !strings.HasPrefix(target, "http://127.0.0.1:") || !strings.HasSuffix(target, "/v1/me") {
		t.Errorf("a target is %s, and the servers of %s are here", target, c.Nonce())
	}
}

// TestTargetsThatAreNotWritten: no user is signed in at a server that is not to be loaded, and nothing is left.
func TestTargetsThatAreNotWritten(t *testing.T) {
	var elsewhere bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
	defer other.Close()
	redirects := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer redirects.Close()
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, "no")
	}))
	defer refuses.Close()
	users := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(users, []byte("alice secret-of-alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(t.TempDir(), "open")
	if err := os.WriteFile(open, []byte("alice secret-of-alice\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no target": {[]string{"--scheme", "session-redis", "--users", users}, askedWrong, "say with --target where"},
		"no scheme": {[]string{"--target", refuses.URL, "--users", users}, askedWrong, "say with --scheme what"},
		"no users":  {[]string{"--target", refuses.URL, "--scheme", "session-redis"}, askedWrong, "no users to sign in"},
		"too few logins": {
			[]string{"--target", refuses.URL, "--scheme", "control", "--logins", "-1"}, askedWrong, "--logins must be",
		},
		"users for all to read": {
			[]string{"--target", refuses.URL, "--scheme", "session-redis", "--users", open}, askedWrong, "chmod 600",
		},
		"not this machine's": {
			[]string{"--target", "http://192.0.2.1:80", "--scheme", "session-redis", "--users", users},
			wentWrong,
			"if it is yours to load, say so with --i-own-this-target",
		},
		"a redirect": {
			[]string{"--target", redirects.URL, "--scheme", "session-redis", "--users", users},
			wentWrong,
			"no redirect is followed",
		},
		"a wrong password": {
			[]string{"--target", refuses.URL, "--scheme", "session-redis", "--users", users},
			wentWrong,
			"no targets were written",
		},
	} {
		out := filepath.Join(t.TempDir(), "targets.json")
		said, code := targeted(t, append(test.args, "--out", out)...)
		if code != test.code || !strings.Contains(said, test.says) || strings.Count(said, "\n") != 1 ||
			strings.Contains(said, "secret") {
			t.Errorf("%s: exit code %d, want %d; it says %swant one line with %q", name, code, test.code, said, test.says)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a file is left", name)
		}
	}
	if elsewhere {
		t.Error("a redirect was followed")
	}
	if said, code := targeted(t, "--target", refuses.URL, "--scheme", "control"); code != askedWrong ||
		!strings.Contains(said, "say with --out which file to write") {
		t.Errorf("without a file: exit code %d: %s", code, said)
	}
}
