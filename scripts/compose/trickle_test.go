//go:build docker

package compose_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"authlab/servers/user"
)

// A trickle asks one frontend who a user is, every 20 ms, and lets the user log in with every tenth request: a login must
// not be repeated by anybody, so that one which is lost is seen.
const (
	trickleEvery = 20 * time.Millisecond
	loginEvery   = 10
)

type trickle struct {
	client   http.Client
	base     string
	login    []byte // body
	header   string // that carries the credential
	value    string
	answered sync.WaitGroup

	mu      sync.Mutex
	answers []answer
}

// answer is what came of a request.
type answer struct {
	at      time.Time // when it was sent
	replica string
	failure string // "" for a good one
}

// newTrickle logs a user in. It fails while the frontend has no replica that serves.
func newTrickle(base string, key []byte) (*trickle, error) {
	name := user.LoadName(0)
	body, err := json.Marshal(map[string]string{"username": name, "password": user.LoadPassword(key, name)})
	if err != nil {
		return nil, err
	}
	tr := &trickle{
		base: base, login: body,
		client: http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
	response, err := tr.client.Post(base+"/v1/login", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&grant); err != nil || response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("login answers %d: %w", response.StatusCode, err)
	}
	tr.header, tr.value = "Authorization", "Bearer "+grant.AccessToken
	for _, cookie := range response.Cookies() {
		tr.header, tr.value = "Cookie", cookie.Name+"="+cookie.Value
	}
	return tr, nil
}

// run asks until ctx ends, each request on time whatever became of the one before, and waits for the last answer.
func (tr *trickle) run(ctx context.Context) {
	tick := time.NewTicker(trickleEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			tr.answered.Wait()
			return
		case <-tick.C:
		}
		tr.answered.Go(func() {
			a := tr.ask(n%loginEvery == 0)
			tr.mu.Lock()
			defer tr.mu.Unlock()
			tr.answers = append(tr.answers, a)
		})
	}
}

func (tr *trickle) ask(login bool) answer {
	a := answer{at: time.Now()}
	request, err := http.NewRequest(http.MethodGet, tr.base+"/v1/me", nil)
	if login {
		request, err = http.NewRequest(http.MethodPost, tr.base+"/v1/login", bytes.NewReader(tr.login))
	}
	if err != nil {
		a.failure = err.Error()
		return a
	}
	if login {
		request.Header.Set("Content-Type", "application/json")
	} else {
		request.Header.Set(tr.header, tr.value)
	}
	response, err := tr.client.Do(request)
	if err != nil {
		a.failure = err.Error()
		return a
	}
	defer response.Body.Close()
	a.replica = response.Header.Get("X-Replica")
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		a.failure = fmt.Sprintf("%d %s %v", response.StatusCode, bytes.TrimSpace(body), err)
	}
	return a
}

// tally is what came of the requests of some time.
type tally struct {
	sent, failed int
	replicas     map[string]bool
	last         time.Time      // when the last that failed was sent
	failures     map[string]int // how often each happened
}

// since sums up the requests that were sent at from or later, and answered.
func (tr *trickle) since(from time.Time) tally {
	t := tally{replicas: map[string]bool{}, failures: map[string]int{}}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, a := range tr.answers {
		if a.at.Before(from) {
			continue
		}
		t.sent++
		if a.failure == "" {
			t.replicas[a.replica] = true
			continue
		}
		t.failed++
		t.failures[a.failure]++
		if a.at.After(t.last) {
			t.last = a.at
		}
	}
	return t
}

// lately is how many replicas gave good answers within the last second; 0 if there was not a second of requests.
func (tr *trickle) lately() int {
	return len(tr.since(time.Now().Add(-time.Second)).replicas)
}

// start runs a trickle until the test ends.
func start(ctx context.Context, t *testing.T, tr *trickle) {
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { tr.run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() }) // before the deployment is removed
}
