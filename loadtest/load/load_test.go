package load

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
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

// serve answers as the lab's servers do, except for what spoil changes.
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
	target, err := NewTarget(base, "/v1/me", nonce, 2, people(users), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	return target
}

var cell = Cell{Kind: plan.ScalingCell, Arm: "token-hs256", Replicas: 2}

func TestEveryAnswerIsJudged(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(w http.ResponseWriter, name string, n uint64) bool
		want  Verdict
	}{
		{"good", nil, OK},
		{"another spelling of the same user", func(w http.ResponseWriter, name string, _ uint64) bool {
			fmt.Fprintf(w, `{ "role": "user", "name": %q, "id": %q }`, name, name)
			return true
		}, OK},
		{"another user", func(w http.ResponseWriter, _ string, _ uint64) bool {
			fmt.Fprint(w, `{"id":"eve","name":"eve","role":"user"}`)
			return true
		}, WrongUser},
		{"another role", func(w http.ResponseWriter, name string, _ uint64) bool {
			fmt.Fprintf(w, `{"id":%q,"name":%q,"role":"admin"}`, name, name)
			return true
		}, WrongUser},
		{"no body", func(http.ResponseWriter, string, uint64) bool { return true }, WrongUser},
		{"unauthenticated", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}, Unauthenticated},
		{"unavailable", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}, "status-503"},
		{"another run's replica", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.Header().Set("X-Replica", "stale-0")
			return false
		}, WrongReplica},
		{"a replica beyond the cluster's size", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.Header().Set("X-Replica", nonce+"-2")
			return false
		}, WrongReplica},
		{"no replica named", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.Header().Del("X-Replica")
			return false
		}, WrongReplica},
		{"an answer that ends early", func(w http.ResponseWriter, _ string, _ uint64) bool {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
			return true
		}, "error-closed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			row, err := Closed(t.Context(), cell, target(t, serve(t, test.spoil), 10), ClosedOptions{Connections: 2, Window: 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if row.Sent == 0 || row.Verdicts[test.want] != row.Sent {
				t.Errorf("of %d requests: %v, want all %s", row.Sent, row.Verdicts, test.want)
			}
		})
	}
}

func TestClosedVisitsEverybodyAndCountsExactly(t *testing.T) {
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
	for range 10 {
		row, err := Closed(t.Context(), cell, to, ClosedOptions{Connections: 3, Window: 10 * time.Millisecond, Warmup: 5 * time.Millisecond})
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

func TestClosedEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base := serve(t, func(http.ResponseWriter, string, uint64) bool { cancel(); return false })
	row, err := Closed(ctx, cell, target(t, base, 10), ClosedOptions{Connections: 2, Window: time.Hour})
	if err != nil || row.Served == 0 {
		t.Fatalf("%d requests, %v", row.Served, err)
	}
}

func TestOpenFollowsItsSchedule(t *testing.T) {
	var requests bytes.Buffer
	o := OpenOptions{Rate: 500, Arrivals: plan.Poisson, Seed: 3, Window: 200 * time.Millisecond, Requests: &requests}
	row, err := Open(t.Context(), cell, target(t, serve(t, nil), 10), o)
	if err != nil {
		t.Fatal(err)
	}
	due := schedule(o.Rate, o.Window, o.Arrivals, o.Seed)
	if row.Planned != uint64(len(due)) || row.Served != row.Planned || row.Verdicts[OK] != row.Planned {
		t.Errorf("planned %d, served %d, %v; the schedule has %d", row.Planned, row.Served, row.Verdicts, len(due))
	}
	lines := strings.Split(strings.TrimSpace(requests.String()), "\n")
	if len(lines) != len(due) {
		t.Errorf("%d lines for %d requests", len(lines), len(due))
	}
	for name, text := range map[string]string{"latency": row.Latency, "corrected": row.Corrected, "lag": row.Lag} {
		h, err := DecodeHistogram(text)
		if err != nil || h.TotalCount() != int64(len(due)) {
			t.Errorf("the histogram of %s has %v samples (%v), want %d", name, h.TotalCount(), err, len(due))
		}
	}
}

// A server that freezes delays those who wait behind the frozen request; only the latency from the due time shows it.
func TestOpenCountsLatencyFromWhenARequestWasDue(t *testing.T) {
	const frozen = 300 * time.Millisecond
	var until atomic.Int64
	base := serve(t, func(_ http.ResponseWriter, _ string, n uint64) bool {
		if n == 1 {
			until.Store(time.Now().Add(frozen).UnixNano())
		}
		time.Sleep(time.Until(time.Unix(0, until.Load())))
		return false
	})
	o := OpenOptions{Rate: 4000, Arrivals: plan.Constant, Window: 400 * time.Millisecond, Requests: &bytes.Buffer{}}
	row, err := Open(t.Context(), cell, target(t, base, 10), o)
	if err != nil {
		t.Fatal(err)
	}
	latency, _ := DecodeHistogram(row.Latency)
	corrected, _ := DecodeHistogram(row.Corrected)
	if sent, due := latency.Mean(), corrected.Mean(); due <= sent {
		t.Errorf("mean latency from due %v, from sent %v: with more requests due than can be in flight the first must be larger",
			time.Duration(due), time.Duration(sent))
	}
}

func TestSchedule(t *testing.T) {
	for _, arrivals := range []plan.Arrivals{plan.Poisson, plan.Constant} {
		due := schedule(1000, 10*time.Second, arrivals, 1)
		if !slices.Equal(due, schedule(1000, 10*time.Second, arrivals, 1)) {
			t.Errorf("%s: the same seed gives another schedule", arrivals)
		}
		if !slices.IsSorted(due) || due[len(due)-1] >= 10*time.Second {
			t.Errorf("%s: not in order, or beyond the window", arrivals)
		}
		if n := float64(len(due)); math.Abs(n-10_000) > 4*math.Sqrt(10_000) {
			t.Errorf("%s: %v arrivals in 10 s at 1000/s", arrivals, n)
		}
	}
	// Gaps of a Poisson process are exponential: their standard deviation is their mean.
	due := schedule(1000, 30*time.Second, plan.Poisson, 2)
	var sum, squares float64
	for i := 1; i < len(due); i++ {
		gap := (due[i] - due[i-1]).Seconds()
		sum, squares = sum+gap, squares+gap*gap
	}
	n := float64(len(due) - 1)
	if ratio := math.Sqrt(squares/n-sum*sum/n/n) / (sum / n); math.Abs(ratio-1) > 0.05 {
		t.Errorf("the gaps' standard deviation is %.3f of their mean, want 1", ratio)
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
	o := ClosedOptions{Connections: 1, Window: 10 * time.Millisecond, Meters: []Meter{&fakeMeter{name: "replica-0", at: cluster.Reading{CPU: time.Hour}}}}
	row, err := Closed(t.Context(), cell, target(t, serve(t, nil), 3), o)
	if err != nil {
		t.Fatal(err)
	}
	if u := row.Use["replica-0"]; u.CPU != time.Millisecond || u.Switches != 7 {
		t.Errorf("use is %+v", u)
	}
}

func TestNothingSecretReachesTheDisk(t *testing.T) {
	dir := t.TempDir()
	w, err := NewWriter(dir)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := w.Requests("token-hs256-500")
	if err != nil {
		t.Fatal(err)
	}
	to := target(t, serve(t, nil), 10)
	open, err := Open(t.Context(), cell, to, OpenOptions{Rate: 500, Seed: 1, Window: 50 * time.Millisecond, Requests: requests})
	if err != nil {
		t.Fatal(err)
	}
	closed, err := Closed(t.Context(), cell, to, ClosedOptions{Connections: 2, Window: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []Row{open, closed} {
		if err := w.Append(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(dir + "/raw/*")
	if len(files) != 4 {
		t.Errorf("the raw files are %v", files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || bytes.Contains(text, []byte("secret-of")) || bytes.Contains(text, []byte("user-")) {
			t.Errorf("%s holds a credential or a user's name (%v)", file, err)
		}
	}
}

func TestFullDiskIsSaid(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full")
	}
	dir := t.TempDir()
	w, err := NewWriter(dir)
	if err != nil {
		t.Fatal(err)
	}
	w.rows.Close()
	if w.rows, err = os.OpenFile("/dev/full", os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	err = w.Append(Row{})
	if err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), "is kept") {
		t.Errorf("a full disk is reported as %v", err)
	}
}

// BenchmarkClosed is the generator's own cost, server included: compare it with itself only.
func BenchmarkClosed(b *testing.B) {
	to := target(b, serve(b, nil), 1000)
	l := to.ready(1)[0]
	b.ReportAllocs()
	for b.Loop() {
		if a, _, err := to.send(l); err != nil || a.verdict != OK {
			b.Fatal(a, err)
		}
	}
}
