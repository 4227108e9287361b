// Package trickle asks a deployment, on and on, and counts what came of it while things happen to the deployment.
package trickle

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"authlab/servers/user"
)

// Every is how often a Trickle asks. Every loginEvery-th request is a login: it must not be repeated by anybody, so that
// one which is lost is seen.
const (
	Every      = 20 * time.Millisecond
	loginEvery = 10
)

// Trickle asks one frontend who a user is, whom it has logged in there.
type Trickle struct {
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

// New logs a load user in at a frontend, such as http://127.0.0.1:8080. The file has the key of the load users' passwords,
// in hexadecimal. It fails while the frontend has no replica that serves.
func New(base, keyFile string) (*Trickle, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	name := user.LoadName(0)
	body, err := json.Marshal(map[string]string{"username": name, "password": user.LoadPassword(key, name)})
	if err != nil {
		return nil, err
	}
	tr := &Trickle{
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
		return nil, errors.Join(fmt.Errorf("login at %s answers %d", base, response.StatusCode), err)
	}
	tr.header, tr.value = "Authorization", "Bearer "+grant.AccessToken
	for _, cookie := range response.Cookies() {
		tr.header, tr.value = "Cookie", cookie.Name+"="+cookie.Value
	}
	return tr, nil
}

// Reconnect has every request make a connection of its own: where connections are spread and not requests, all replicas are
// asked then. It must be called before Start.
func (tr *Trickle) Reconnect() { tr.client.Transport = &http.Transport{DisableKeepAlives: true} }

// run asks until ctx ends, each request on time whatever became of the one before, and waits for the last answer.
func (tr *Trickle) run(ctx context.Context) {
	tick := time.NewTicker(Every)
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

func (tr *Trickle) ask(login bool) answer {
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

// Tally is what came of the requests of some time.
type Tally struct {
	Sent, Failed int
	Replicas     map[string]bool // that gave good answers
	Last         time.Time       // when the last that failed was sent; zero if none did
	Failures     map[string]int  // how often each happened
}

// Since sums up the requests that were sent at from or later, and answered.
func (tr *Trickle) Since(from time.Time) Tally {
	t := Tally{Replicas: map[string]bool{}, Failures: map[string]int{}}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, a := range tr.answers {
		if a.at.Before(from) {
			continue
		}
		t.Sent++
		if a.failure == "" {
			t.Replicas[a.replica] = true
			continue
		}
		t.Failed++
		t.Failures[a.failure]++
		if a.at.After(t.Last) {
			t.Last = a.at
		}
	}
	return t
}

// Lately is how many replicas gave good answers within the last second; 0 if there was not a second of requests.
func (tr *Trickle) Lately() int {
	return len(tr.Since(time.Now().Add(-time.Second)).Replicas)
}

// Start asks until stop is called, which returns when the last answer is there, or until ctx ends.
func (tr *Trickle) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { tr.run(ctx) })
	return func() { cancel(); running.Wait() }
}
