package cluster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func forwards(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 1, Fronts: Over(1)})
	a := do(t, client(t), "GET", c.Front(Front{Size: 1})+"/echo?a=1;b=%zz&c", "Host", "shop.example",
		"X-Forwarded-For", "203.0.113.7", "X-Forwarded-For", "203.0.113.8", "X-Forwarded-Proto", "https", "X-Forwarded-Host",
		"evil.example",
		"X-Forwarded-Port", "443", "Forwarded", "for=203.0.113.9", "X-Real-IP", "203.0.113.10",
		"Connection", "keep-alive, X-Forwarded-For", "Authlab-User", "1;a;user")
	got := headers(t, a)
	for name, want := range map[string]string{
		"Host": "shop.example", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "Authlab-User": "1;a;user",
		"Uri": "/echo?a=1;b=%zz&c",
	} {
		if v := got[name]; len(v) != 1 || v[0] != want {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
	for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Port", "Forwarded", "X-Real-Ip"} {
		if v, ok := got[name]; ok {
			t.Errorf("%s came through: %q", name, v)
		}
	}
	if strings.Contains(fmt.Sprint(got), "203.0.113") {
		t.Errorf("a client's claim about its address came through: %v", got)
	}
}

func headers(t testing.TB, a answer) http.Header {
	t.Helper()
	h := http.Header{}
	if err := json.Unmarshal([]byte(a.body), &h); err != nil {
		t.Fatalf("the echo is %q: %v", a.body, err)
	}
	return h
}

func keepsAlive(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 2, Fronts: Over(2)})
	connections := func() (sum int) {
		for i := range 2 {
			var n, effects int
			fmt.Sscan(do(t, client(t), "GET", c.Direct(i)+"/count").body, &n, &effects)
			sum += n - 1 // the connection of this question itself
		}
		return sum
	}
	before := connections()
	const clients = 8
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			browser := client(t)
			for range 100 {
				if a := do(t, browser, "GET", c.Front(Front{Size: 2})+"/echo"); a.Close {
					t.Errorf("the balancer closes the client's connection")
				}
			}
		})
	}
	wg.Wait()
	// Each replica may see each client's connection once; the two readings add two of their own.
	if made := connections() - before - 2; made > 2*clients+4 {
		t.Errorf("%d requests of %d clients made %d connections to 2 replicas", clients*100, clients, made)
	}
}

func toleratesTheSlow(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 2, Fronts: Over(2)})
	slow := make(chan answer, 1)
	go func() { slow <- do(t, client(t), "GET", c.Front(Front{Size: 2})+"/hold") }()
	within(t, "the slow request is at a replica", func() bool { return held(t, c, 0)+held(t, c, 1) == 1 })
	browser, replicas := client(t), map[string]bool{}
	for range 20 { // if they waited behind the slow one, they would not be answered before it
		replicas[do(t, browser, "GET", c.Front(Front{Size: 2})+"/echo").replica] = true
	}
	if len(replicas) != 2 {
		t.Errorf("beside a slow request the others went to replicas %v only", replicas)
	}
	release(t, c)
	if a := <-slow; a.StatusCode != 200 {
		t.Errorf("the slow request was answered %s", a.Status)
	}
}

func answersProblems(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 2, Fronts: Over(2)})
	for i := range 2 {
		c.Replica(i).Kill()
		within(t, "the replica is gone", c.Replica(i).ended)
	}
	a := do(t, client(t), "GET", c.Front(Front{Size: 2})+"/echo")
	var problem struct {
		Title  string
		Status int
	}
	if err := json.Unmarshal([]byte(a.body), &problem); err != nil || a.StatusCode != 503 || problem.Status != 503 ||
		a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("without replicas: %s, %q, %q", a.Status, a.Header.Get("Content-Type"), a.body)
	}
}

// restsTheUnready takes about two check intervals.
func restsTheUnready(t *testing.T, l *Lab) {
	c := start(t, l, Spec{Replicas: 2, Fronts: Over(1, 2)})
	browser := client(t)
	do(t, browser, "POST", c.Direct(0)+"/unready")
	within(t, "all requests go to the replica that is ready", func() bool {
		for range 6 {
			if a := do(t, browser, "GET", c.Front(Front{Size: 2})+"/echo"); a.StatusCode != 200 || a.replica != "1" {
				return false
			}
		}
		return true
	})
	do(t, browser, "POST", c.Direct(1)+"/unready")
	got := map[string]bool{}
	serve := func() {
		for _, n := range []int{1, 2} {
			a := do(t, browser, "GET", c.Front(Front{Size: n})+"/echo")
			if a.StatusCode != 200 {
				t.Fatalf("no replica is ready, and the frontend over %d answers %s for the replicas", n, a.Status)
			}
			if n == 2 {
				got[a.replica] = true
			}
		}
	}
	// The first replica is asked again only when the second has also failed its check.
	within(t, "no replica is ready, and requests go to both", func() bool { serve(); return len(got) == 2 })
	for range 20 {
		serve()
	}
}
