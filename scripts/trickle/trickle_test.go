package trickle_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authlab/scripts/trickle"
)

// frontend has two replicas in turn, one of which can be broken.
type frontend struct {
	asked  atomic.Int64
	broken atomic.Bool
}

func (f *frontend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	replica := f.asked.Add(1) % 2
	if replica == 0 && f.broken.Load() {
		http.Error(w, "out of order", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("X-Replica", fmt.Sprint("r-", replica))
	if r.URL.Path == "/v1/login" {
		fmt.Fprint(w, `{"access_token":"it"}`)
	} else if r.Header.Get("Authorization") != "Bearer it" {
		http.Error(w, "who asks?", http.StatusUnauthorized)
	}
}

func TestEveryFailureIsCountedAndNamed(t *testing.T) {
	f := &frontend{}
	server := httptest.NewServer(f)
	defer server.Close()
	tr, err := trickle.New(server.URL, keyFile(t, strings.Repeat("ab", 32)))
	if err != nil {
		t.Fatal(err)
	}
	stop := tr.Start(t.Context())
	begin := time.Now()
	for tr.Since(begin).Sent < 10 {
		time.Sleep(trickle.Every)
	}
	if all := tr.Since(begin); all.Failed != 0 || len(all.Replicas) != 2 || !all.Last.IsZero() {
		t.Errorf("of a frontend in order it says %+v", all)
	}
	f.broken.Store(true)
	from := time.Now()
	for tr.Since(from).Sent < 10 {
		time.Sleep(trickle.Every)
	}
	stop()
	broken := tr.Since(from)
	if diff := 2*broken.Failed - broken.Sent; diff < -2 || diff > 2 || len(broken.Replicas) != 1 || broken.Last.Before(from) {
		t.Errorf("with one of two replicas broken it says %+v", broken)
	}
	if broken.Failures["503 out of order <nil>"] != broken.Failed {
		t.Errorf("it names the failures %v", broken.Failures)
	}
	if all := tr.Since(begin); all.Failed != broken.Failed || all.Sent <= broken.Sent {
		t.Errorf("of all its time it says %+v", all)
	}
}

func TestNoTrickleWithoutALogin(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	for name, test := range map[string]struct{ key, want string }{
		"no replica serves":  {strings.Repeat("ab", 32), "answers 404"},
		"the key is no key":  {"it is a secret", "invalid byte"},
		"there is no key at": {"", "no such file"},
	} {
		file := filepath.Join(t.TempDir(), "none")
		if test.key != "" {
			file = keyFile(t, test.key)
		}
		if _, err := trickle.New(server.URL, file); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want one with %q", name, err, test.want)
		}
	}
}

func keyFile(t *testing.T, key string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
