package load

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

const nonce = "5f3a9c"

// people are the users of these tests.
func people(n int) []credential.Credential {
	var all []credential.Credential
	for i := range n {
		name := fmt.Sprintf("user-%d", i)
		all = append(all, credential.Credential{
			User: name, Header: "Authorization", Value: "Bearer secret-of-" + name,
			Me: fmt.Appendf(nil, `{"id":%q,"name":%q,"role":"user"}`, name, name),
		})
	}
	return all
}

// serve answers as the lab's servers do, except where spoil changes the answer.
func serve(t testing.TB, spoil func(w http.ResponseWriter, name string, n uint64) (done bool)) string {
	t.Helper()
	var n atomic.Uint64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count := n.Add(1)
		w.Header().Set("X-Replica", fmt.Sprintf("%s-%d", nonce, count%2))
		name := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer secret-of-")
		if spoil != nil && spoil(w, name, count) {
			return
		}
		fmt.Fprintf(w, `{"id":%q,"name":%q,"role":"user"}`, name, name)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func target(t testing.TB, base string, users int) *Target {
	t.Helper()
	target, err := NewTarget(base, "/v1/me", nonce, 0, 2, people(users), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	return target
}

var cell = record.Cell{Kind: plan.ScalingCell, Scheme: "token-hs256", Replicas: 2}

func TestEveryAnswerIsJudged(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(w http.ResponseWriter, name string, n uint64) bool
		want  record.Verdict
	}{
		{"good", nil, record.OK},
		{"another spelling of the same user", func(w http.ResponseWriter, name string, _ uint64) bool {
			fmt.Fprintf(w, `{ "role": "user", "name": %q, "id": %q }`, name, name)
			return true
		}, record.OK},
		{"another user", func(w http.ResponseWriter, _ string, _ uint64) bool {
			fmt.Fprint(w, `{"id":"eve","name":"eve","role":"user"}`)
			return true
		}, record.WrongUser},
		{"another role", func(w http.ResponseWriter, name string, _ uint64) bool {
			fmt.Fprintf(w, `{"id":%q,"name":%q,"role":"admin"}`, name, name)
			return true
		}, record.WrongUser},
		{"no body", func(http.ResponseWriter, string, uint64) bool { return true }, record.WrongUser},
		{"unauthenticated", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}, record.Unauthenticated},
		{"unavailable", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}, "status-503"},
		{"another run's replica", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.Header().Set("X-Replica", "stale-0")
			return false
		}, record.WrongReplica},
		{"a replica beyond the cluster's size", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.Header().Set("X-Replica", nonce+"-2")
			return false
		}, record.WrongReplica},
		{"no replica named", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.Header().Del("X-Replica")
			return false
		}, record.WrongReplica},
		{"an answer that ends early", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
			return true
		}, "error-closed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			to := target(t, serve(t, test.spoil), 10)
			row, err := Closed(t.Context(), cell, to, ClosedOptions{Connections: 2, Window: 200 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if row.Sent == 0 || row.Verdicts[test.want] != row.Sent {
				t.Errorf("of %d requests: %v, want all %s", row.Sent, row.Verdicts, test.want)
			}
		})
	}
}

func TestClosedVisitsAllUsersAndCountsExactly(t *testing.T) {
	var served atomic.Uint64
	seen := make([]atomic.Uint64, 50)
	base := serve(t, func(_ http.ResponseWriter, name string, _ uint64) bool {
		served.Add(1)
		var i int
		fmt.Sscanf(name, "user-%d", &i)
		seen[i].Add(1)
		return false
	})
	to := target(t, base, 50)
	var total uint64
	for slices := 0; slices < 10 || total < 200; slices++ { // a busy machine needs more of them
		o := ClosedOptions{Connections: 3, Window: 10 * time.Millisecond, Warmup: 5 * time.Millisecond}
		row, err := Closed(t.Context(), cell, to, o)
		if err != nil {
			t.Fatal(err)
		}
		total += row.Served
		if row.Sent > row.Served || row.Elapsed < row.Window {
			t.Errorf("counted %d of %d requests, %v of %v", row.Sent, row.Served, row.Window, row.Elapsed)
		}
	}
	if total != served.Load() {
		t.Errorf("the rows say %d requests were answered, the server answered %d", total, served.Load())
	}
	for i := range seen {
		if n := seen[i].Load(); n == 0 {
			t.Errorf("user %d was never visited in %d requests", i, total)
		}
	}
}

func TestASliceEndsWithItsContextWithoutAnAnswer(t *testing.T) {
	for _, open := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan bool)
		base := serve(t, func(_ http.ResponseWriter, _ string, n uint64) bool {
			if n > 10 {
				time.AfterFunc(50*time.Millisecond, cancel) // by then the first ten are answered
				<-release
			}
			return false
		})
		to := target(t, base, 10)
		began := time.Now()
		var row record.Slice
		var err error
		if open {
			row, err = Open(ctx, cell, to, OpenOptions{Rate: 1000, Window: time.Hour / 60, Requests: io.Discard})
		} else {
			row, err = Closed(ctx, cell, to, ClosedOptions{Connections: 2, Window: time.Hour})
		}
		close(release)
		if took := time.Since(began); err != nil || took > 8*time.Second || !strings.Contains(row.Note, "cut short") {
			t.Errorf("open %t: it took %v, note %q, %v", open, took, row.Note, err)
		}
		if row.Verdicts[record.OK] == 0 {
			t.Errorf("open %t: what was answered before was lost: %v", open, row.Verdicts)
		}
		row, err = Closed(t.Context(), cell, to, ClosedOptions{Connections: 2, Window: 10 * time.Millisecond})
		if err != nil || row.Note != "" || row.Verdicts[record.OK] != row.Sent {
			t.Errorf("open %t: the next slice says %v %q, %v", open, row.Verdicts, row.Note, err)
		}
	}
}

// Servers close connections that idle longer than their idle timeout; the next slice must not be charged for it.
func TestConnectionsClosedBetweenSlicesAreReplaced(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Replica", nonce+"-0")
		name := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer secret-of-")
		fmt.Fprintf(w, `{"id":%q,"name":%q,"role":"user"}`, name, name)
	}))
	defer s.Close()
	to := target(t, s.URL, 10)
	for range 3 {
		row, err := Closed(t.Context(), cell, to, ClosedOptions{Connections: 4, Window: 10 * time.Millisecond})
		if err != nil || row.Verdicts[record.OK] != row.Sent {
			t.Errorf("%v of %d, %v", row.Verdicts, row.Sent, err)
		}
		s.CloseClientConnections()
	}
}

func TestLoadOverTLS(t *testing.T) {
	var served atomic.Uint64
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		w.Header().Set("X-Replica", nonce+"-0")
		name := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer secret-of-")
		fmt.Fprintf(w, `{"id":%q,"name":%q,"role":"user"}`, name, name)
	}))
	defer s.Close()
	to := target(t, s.URL, 10)
	to.trusted = s.Client().Transport.(*http.Transport).TLSClientConfig
	closed, err := Closed(t.Context(), cell, to, ClosedOptions{Connections: 2, Window: 500 * time.Millisecond})
	if err != nil || closed.Sent == 0 || closed.Verdicts[record.OK] != closed.Sent || closed.BytesIn == 0 ||
		closed.Served != served.Load() {
		t.Errorf("closed loop: %v of %d, %d bytes, served %d of %d, %v",
			closed.Verdicts, closed.Sent, closed.BytesIn, closed.Served, served.Load(), err)
	}
	open, err := Open(t.Context(), cell, to, OpenOptions{Rate: 100, Window: 100 * time.Millisecond, Requests: io.Discard})
	if err != nil || open.Planned == 0 || open.Verdicts[record.OK] != open.Planned {
		t.Errorf("open loop: %v of %d, %v", open.Verdicts, open.Planned, err)
	}
}

func TestWhatCannotBeAskedIsRefused(t *testing.T) {
	for _, base := range []string{"ftp://127.0.0.1:1", "127.0.0.1:1", "http://127.0.0.1", "https://127.0.0.1", "%"} {
		if _, err := NewTarget(base, "/v1/me", nonce, 0, 1, people(1), 1); err == nil {
			t.Errorf("%q was accepted as a target", base)
		}
	}
	if _, err := NewTarget("http://127.0.0.1:1", "/v1/me", nonce, 0, 1, nil, 1); err == nil {
		t.Error("a target without users was made")
	}
	to := target(t, "http://127.0.0.1:1", 1)
	if _, err := Closed(t.Context(), cell, to, ClosedOptions{Connections: 0, Window: time.Second}); err == nil {
		t.Error("a loop over no connections was run")
	}
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := Open(t.Context(), cell, to, OpenOptions{Rate: rate, Window: time.Second}); err == nil {
			t.Errorf("a rate of %g was run", rate)
		}
	}
}

func TestAServerThatIsDownCountsAsRefused(t *testing.T) {
	to := target(t, "http://127.0.0.1:1", 1)
	row := sent(t, to, 1, 1)
	if row.Verdicts["error-refused"] != row.Sent {
		t.Errorf("%v of %d", row.Verdicts, row.Sent)
	}
}

// sent is a closed slice with at least that many requests: on a busy machine a short one may end before its first, so
// each try has twice the time of the one before.
func sent(t *testing.T, to *Target, connections int, least uint64) record.Slice {
	t.Helper()
	for window := 10 * time.Millisecond; ; window *= 2 {
		row, err := Closed(t.Context(), cell, to, ClosedOptions{Connections: connections, Window: window})
		if err != nil {
			t.Fatal(err)
		}
		if row.Sent >= least {
			return row
		}
	}
}

func TestClosedEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base := serve(t, func(http.ResponseWriter, string, uint64) bool { cancel(); return false })
	row, err := Closed(ctx, cell, target(t, base, 10), ClosedOptions{Connections: 2, Window: time.Hour})
	if err != nil || row.Served == 0 {
		t.Fatalf("%d requests, %v", row.Served, err)
	}
}

type fakeMeter struct {
	name string
	at   cluster.Reading
}

func (m *fakeMeter) Name() string { return m.name }
func (m *fakeMeter) Read() (cluster.Reading, error) {
	m.at.CPU += time.Millisecond
	m.at.Switches += 7
	return m.at, nil
}

func TestUseIsWhatPassedBetweenTheReadings(t *testing.T) {
	meter := &fakeMeter{name: "replica-0", at: cluster.Reading{CPU: time.Hour}}
	o := ClosedOptions{Connections: 1, Window: 10 * time.Millisecond, Meters: []Meter{meter}}
	row, err := Closed(t.Context(), cell, target(t, serve(t, nil), 3), o)
	if err != nil {
		t.Fatal(err)
	}
	if u := row.Use["replica-0"]; u.CPU != time.Millisecond || u.Switches != 7 {
		t.Errorf("use is %+v", u)
	}
}
