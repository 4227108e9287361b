package cluster

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

// TestBalancersBehaveAlike runs HAProxy and the embedded balancer through the same cases.
func TestBalancersBehaveAlike(t *testing.T) {
	cases := map[string]func(t *testing.T, l *Lab){
		"requests are spread evenly":                      spreadsEvenly,
		"fewest connections first":                        avoidsTheBusy,
		"sticky clients stay":                             sticks,
		"a forged cookie changes nothing":                 ignoresForgedCookies,
		"a cookie means the same everywhere":              sticksAcrossFronts,
		"a killed replica leaves the rotation":            leavesRotation,
		"a sticky client of a killed replica moves":       movesTheSticky,
		"a sticky client of an unready replica moves":     movesFromTheUnready,
		"a request with an effect is not repeated":        neverRepeats,
		"what replicas measure is refused":                refusesMetrics,
		"forwarded headers are the balancer's":            forwards,
		"connections are kept on both sides":              keepsAlive,
		"a slow replica does not hold the others up":      toleratesTheSlow,
		"when no replica is left the answer is a problem": answersProblems,
		"an unready replica rests, unless none is ready":  restsTheUnready,
	}
	for _, which := range []string{"haproxy", "balancerd"} {
		t.Run(which, func(t *testing.T) {
			if which == "haproxy" {
				needs(t, installed("haproxy"), which)
			}
			l := openLab(t, Config{Embedded: which == "balancerd"})
			t.Parallel()
			for name, run := range cases {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					run(t, l)
				})
			}
		})
	}
}

// client is a browser without cookies of its own, with its own connections.
func client(t testing.TB) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

type answer struct {
	*http.Response
	replica, body string
}

func do(t testing.TB, c *http.Client, method, url string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	_, index, _ := strings.Cut(resp.Header.Get("X-Replica"), "-")
	return answer{resp, index, string(body)}
}

func spreadsEvenly(t *testing.T, l *Lab) {
	fronts := Groups(4, 1, 2, 4)
	c := start(t, l, Spec{Replicas: 4, Fronts: fronts})
	for _, f := range fronts {
		got := map[string]int{}
		browser := client(t)
		for range 40 * f.Size {
			got[do(t, browser, "GET", c.Front(f)+"/echo").replica]++
		}
		if len(got) != f.Size {
			t.Errorf("of the %d replicas from %d on %d answer: %v", f.Size, f.First, len(got), got)
		}
		for i := range f.Size {
			if count := got[strconv.Itoa(f.First+i)]; count < 35 || count > 45 {
				t.Errorf("replica %d of the %d from %d on got %d of %d requests, want 40 ± 5",
					f.First+i, f.Size, f.First, count, 40*f.Size)
			}
		}
	}
}

func avoidsTheBusy(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 2, Fronts: Over(2), Balance: plan.LeastConn})
	var busy sync.WaitGroup
	for range 3 { // one replica gets one request, the other gets two
		busy.Go(func() { do(t, client(t), "GET", c.Front(Front{Size: 2})+"/hold") })
	}
	load := map[string]int{}
	within(t, "three long requests are at the replicas", func() bool {
		load["0"], load["1"] = held(t, c, 0), held(t, c, 1)
		return load["0"]+load["1"] == 3
	})
	got := map[string]int{}
	browser := client(t)
	for range 20 {
		got[do(t, browser, "GET", c.Front(Front{Size: 2})+"/echo").replica]++
	}
	release(t, c)
	busy.Wait()
	idler := "0"
	if load["1"] < load["0"] {
		idler = "1"
	}
	if load["0"] == 0 || load["1"] == 0 || got[idler] < 18 {
		t.Errorf("with %v long requests at the replicas the short ones went to %v", load, got)
	}
}

// held is how many requests replica i was asked to keep.
func held(t testing.TB, c *Cluster, i int) int {
	t.Helper()
	n, err := strconv.Atoi(do(t, client(t), "GET", c.Direct(i)+"/held").body)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// release lets the replicas answer the requests that they hold.
func release(t testing.TB, c *Cluster) {
	t.Helper()
	for i := range 2 {
		do(t, client(t), "POST", c.Direct(i)+"/release")
	}
}

func sticks(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 4, Fronts: Over(4), Balance: plan.Sticky})
	seen := map[string]bool{}
	for range 12 {
		first := do(t, client(t), "GET", c.Front(Front{Size: 4})+"/echo?cacheable")
		cookies := first.Cookies()
		if len(cookies) != 1 || cookies[0].Name != "AUTHLAB_REPLICA" || !cookies[0].HttpOnly ||
			cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Path != "/" {
			t.Fatalf("the cookie has an unexpected form: %q", first.Header["Set-Cookie"])
		}
		if strings.ContainsAny(cookies[0].Value, ".:") {
			t.Errorf("the cookie %q shows an address", cookies[0].Value)
		}
		if !strings.Contains(strings.Join(first.Header["Cache-Control"], ","), "private") {
			t.Errorf("an answer with a cookie in it may be cached: %q", first.Header["Cache-Control"])
		}
		seen[first.replica] = true
		browser := client(t)
		for range 5 {
			next := do(t, browser, "GET", c.Front(Front{Size: 4})+"/echo", "Cookie",
				"a=1; "+cookies[0].Name+"="+cookies[0].Value+"; b=2")
			if next.replica != first.replica {
				t.Errorf("a client of replica %s was sent to %s", first.replica, next.replica)
			}
			if len(next.Cookies()) != 0 {
				t.Errorf("a client that has a cookie got another: %q", next.Header["Set-Cookie"])
			}
			if h := headers(t, next); h.Get("Cookie") != "a=1; b=2" {
				t.Errorf("the replica saw the cookies %q, want the client's own only", h["Cookie"])
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("new clients went to replicas %v only", seen)
	}
}

// A sticky client's replica is the same behind every frontend that has it.
func sticksAcrossFronts(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 4, Fronts: Groups(4, 1, 2, 4), Balance: plan.Sticky})
	for i := range 4 {
		first := do(t, client(t), "GET", c.Front(Front{First: i, Size: 1})+"/echo")
		if len(first.Cookies()) != 1 {
			t.Fatalf("replica %d: cookies %v", i, first.Header["Set-Cookie"])
		}
		cookie := first.Cookies()[0]
		for _, f := range []Front{{i - i%2, 2}, {0, 4}} {
			a := do(t, client(t), "GET", c.Front(f)+"/echo", "Cookie", cookie.Name+"="+cookie.Value)
			if a.replica != strconv.Itoa(i) {
				t.Errorf("the cookie of replica %d led to %s behind the frontend over %d from %d on", i, a.replica, f.Size, f.First)
			}
		}
	}
}

func ignoresForgedCookies(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 2, Fronts: Over(1, 2), Balance: plan.Sticky})
	for _, value := range []string{"r9", "127.0.0.1:1", "", "r0r1", strings.Repeat("r", 3000)} {
		a := do(t, client(t), "GET", c.Front(Front{Size: 2})+"/echo", "Cookie", "AUTHLAB_REPLICA="+value)
		if a.StatusCode != 200 || len(a.Cookies()) != 1 {
			t.Errorf("cookie %.20q: %s, %q", value, a.Status, a.Header["Set-Cookie"])
		}
	}
	// The second replica is not behind the frontend of one.
	if a := do(t, client(t), "GET", c.Front(Front{Size: 1})+"/echo", "Cookie", "AUTHLAB_REPLICA=r1"); a.replica != "0" {
		t.Errorf("a cookie led to replica %s past the frontend's size", a.replica)
	}
}

func leavesRotation(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 4, Fronts: Over(2, 4)})
	browser := client(t)
	for range 8 {
		do(t, browser, "GET", c.Front(Front{Size: 4})+"/echo") // all replicas have connections
	}
	if err := c.Replica(1).Kill(); err != nil {
		t.Fatal(err)
	}
	within(t, "the replica is gone", c.Replica(1).ended)
	for _, n := range []int{4, 2} {
		began := time.Now()
		for range 50 {
			a := do(t, browser, "GET", c.Front(Front{Size: n})+"/echo")
			if a.StatusCode != 200 || a.replica == "1" {
				t.Fatalf("after the kill, through the frontend over %d: %s from replica %q", n, a.Status, a.replica)
			}
		}
		if took := time.Since(began); took > unhurried {
			t.Errorf("50 requests over %d replicas, one of them killed, took %s", n, took)
		}
	}
}

func movesTheSticky(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 2, Fronts: Over(2), Balance: plan.Sticky})
	browser := client(t)
	first := do(t, browser, "GET", c.Front(Front{Size: 2})+"/echo")
	cookie := first.Cookies()[0]
	index := 0
	if first.replica == "1" {
		index = 1
	}
	c.Replica(index).Kill()
	within(t, "the replica is gone", c.Replica(index).ended)
	a := do(t, browser, "GET", c.Front(Front{Size: 2})+"/echo", "Cookie", cookie.Name+"="+cookie.Value)
	if a.StatusCode != 200 || a.replica == first.replica || len(a.Cookies()) != 1 || a.Cookies()[0].Value == cookie.Value {
		t.Errorf("after the kill of replica %s: %s from %q with cookie %q",
			first.replica, a.Status, a.replica, a.Header["Set-Cookie"])
	}
}

// movesFromTheUnready: a replica that drains gets no more requests, so that none is on its way when it closes. Where no
// replica is ready, the client's own may still know its login.
func movesFromTheUnready(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 2, Fronts: Over(1, 2), Balance: plan.Sticky})
	front, browser := c.Front(Front{Size: 2})+"/echo", client(t)
	first := do(t, browser, "GET", front)
	cookie := first.Cookies()[0].Name + "=" + first.Cookies()[0].Value
	own, other := 0, 1
	if first.replica == "1" {
		own, other = 1, 0
	}
	leads := func(to int) bool {
		for range 6 {
			if a := do(t, browser, "GET", front, "Cookie", cookie); a.StatusCode != 200 || a.replica != fmt.Sprint(to) {
				return false
			}
		}
		return true
	}
	do(t, browser, "POST", c.Direct(own)+"/unready")
	within(t, "its clients go to the replica that is ready", func() bool { return leads(other) })
	do(t, browser, "POST", c.Direct(other)+"/unready")
	within(t, "no replica is ready, and clients go to their own", func() bool { return leads(own) })
}

// neverRepeats kills a replica while it holds a request that has already had its effect.
func neverRepeats(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 4, Fronts: Over(4)})
	record := filepath.Join(t.TempDir(), "effects")
	browser := client(t)
	for range 8 {
		do(t, browser, "GET", c.Front(Front{Size: 4})+"/echo") // the request travels on a connection that was used before
	}
	for i, header := range []string{"Plain", "Idempotency-Key", "X-Idempotency-Key"} {
		for _, p := range c.Processes() {
			p.expected.Store(true)
		}
		// On a new connection: on a used one, HAProxy closes the connection instead of answering, and the client could repeat
		// the request by itself.
		a := do(t, client(t), "POST", c.Front(Front{Size: 4})+"/effect?die", "Record", record, header, "1")
		if a.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: the client of a request that was lost midway got %s", header, a.Status)
		}
		text, _ := os.ReadFile(record)
		if done := strings.Count(string(text), "\n"); done != i+1 {
			t.Fatalf("%s: the request had its effect %d times, want once:\n%s", header, done-i, text)
		}
	}
	within(t, "three replicas are gone", func() bool {
		gone := 0
		for i := range 4 {
			if c.Replica(i).ended() {
				gone++
			}
		}
		return gone == 3
	})
	within(t, "the balancer has noticed that their connections are closed", func() bool {
		open := 0
		for i := range 4 {
			if c.Replica(i).ended() {
				open += connectionsTo(t, c.Direct(i))
			}
		}
		return open == 0
	})
	// A request that meets the dead replicas before anything is sent goes to the remaining one, once.
	for range 6 {
		if a := do(t, browser, "POST", c.Front(Front{Size: 4})+"/effect", "Record", record); a.StatusCode != 200 {
			t.Errorf("with one replica left: %s", a.Status)
		}
	}
	text, _ := os.ReadFile(record)
	if done := strings.Count(string(text), "\n"); done != 9 {
		t.Errorf("9 requests had %d effects:\n%s", done, text)
	}
}

// connectionsTo is how many connections to an address are still open on this machine. It includes those whose other end
// is closed and whose owner has not noticed yet.
func connectionsTo(t testing.TB, url string) (open int) {
	t.Helper()
	const established, closeWait = "01", "08"
	_, port, _ := strings.Cut(strings.TrimPrefix(url, "http://"), ":")
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	remote := fmt.Sprintf(":%04X", number)
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line) // number, local address, remote address, state, ...
		if strings.HasSuffix(f[2], remote) && (f[3] == established || f[3] == closeWait) {
			open++
		}
	}
	return open
}
