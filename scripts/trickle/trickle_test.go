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

// frontend has two replicas in turn; one can be broken.
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
	t.Cleanup(stop)
	send(tr, 10)
	whole := tr.Span()
	if whole.Failed != 0 || len(whole.Replicas) != 2 || !whole.Last.IsZero() {
		t.Errorf("of a frontend in order it says %+v", whole)
	}
	f.broken.Store(true)
	between := tr.Span() // it may have had a request that found both in order
	from := time.Now()
	send(tr, 20)
	lately := tr.Lately()
	stop()
	broken := tr.Span()
	if diff := 2*broken.Failed - broken.Sent; diff < -3 || diff > 3 || len(broken.Replicas) != 1 ||
		broken.Last.Before(from) {
		t.Errorf("with one of two replicas broken it says %+v", broken)
	}
	if broken.Failures["503 out of order <nil>"] != broken.Failed || broken.FailedLogins > broken.Logins ||
		broken.Logins > (broken.Sent+9)/10 {
		t.Errorf("it names the failures %v, of which logins %d of %d requests", broken.Failures, broken.FailedLogins,
			broken.Sent)
	}
	if lately.Failed == 0 || lately.Failed > broken.Failed {
		t.Errorf("while a replica was broken, %d had failed lately, of %d in the end", lately.Failed, broken.Failed)
	}
	if sent := whole.Sent + between.Sent + broken.Sent; sent != tr.Sent() {
		t.Errorf("%d requests were counted, of %d", sent, tr.Sent())
	}
}

func TestARequestIsOfTheSpanInWhichItWasSent(t *testing.T) {
	f := &frontend{}
	var held atomic.Bool
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if held.Load() {
			<-release
			http.Error(w, "too late", http.StatusGatewayTimeout)
			return
		}
		f.ServeHTTP(w, r)
	}))
	defer server.Close()
	tr, err := trickle.New(server.URL, keyFile(t, strings.Repeat("ab", 32)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Start(t.Context()))
	held.Store(true)
	send(tr, 5)
	time.AfterFunc(10*trickle.Every, func() { held.Store(false); close(release) })
	if span := tr.Span(); span.Failed < 4 {
		t.Errorf("requests that were open when the span ended are not counted in it: %+v", span)
	}
	send(tr, 10)
	tr.Span() // of what was sent while the first was awaited
	send(tr, 5)
	if span := tr.Span(); span.Failed != 0 {
		t.Errorf("failures are counted in a later span: %+v", span)
	}
}

// send waits until that many more requests were sent.
func send(tr *trickle.Trickle, n int) {
	for end := tr.Sent() + n; tr.Sent() < end; {
		time.Sleep(trickle.Every)
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
