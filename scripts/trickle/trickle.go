// Package trickle asks a deployment, on and on, and counts what came of it while things happen to the deployment.
//
// It is not Stream of loadtest/load, which samples incidents. Stream knows its replicas by number, and what each user
// is to be answered. Here replicas come and go under names of their own, and what is sent is what any client sends,
// over the connections of net/http.
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
	"slices"
	"strings"
	"sync"
	"time"

	"authlab/servers/user"
)

// Every is how often a Trickle asks. Every loginEvery-th request is a login: no proxy may repeat it, so
// that one which is lost is seen.
const (
	Every      = 20 * time.Millisecond
	loginEvery = 10
)

// Trickle asks one frontend who a user is, whom it has logged in there.
type Trickle struct {
	client http.Client
	base   string
	login  []byte // body
	header string // that carries the credential
	value  string

	mu      sync.Mutex
	sent    []*answer // all, in the order in which they were sent
	counted int       // those of spans that have ended
}

// answer is what came of a request.
type answer struct {
	at    time.Time // when it was sent
	login bool
	there chan struct{} // closed when the rest is known

	replica string
	failure string // "" for a good one
}

// patience is how long a request may wait for its answer before it has failed.
const patience = 10 * time.Second

// New logs a load user in at a frontend, such as http://127.0.0.1:8080. The file has the key of the load users'
// passwords, in hexadecimal. It fails while the frontend has no replica that serves.
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
		client: http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
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

// Reconnect has every request make a connection of its own: where connections are spread and not requests, all replicas
// are asked then. It must be called before Start.
func (tr *Trickle) Reconnect() { tr.client.Transport = &http.Transport{DisableKeepAlives: true} }

// Start asks until stop is called, which returns when the last answer is there, or until ctx ends. Each request is sent
// on time, whatever became of the one before.
func (tr *Trickle) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(Every)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			a := &answer{at: time.Now(), login: n%loginEvery == 0, there: make(chan struct{})}
			tr.mu.Lock()
			tr.sent = append(tr.sent, a)
			tr.mu.Unlock()
			running.Go(func() {
				defer close(a.there)
				a.replica, a.failure = tr.ask(a.login)
			})
		}
	})
	return func() { cancel(); running.Wait() }
}

// ask sends a request, and says which replica gave a good answer or else what failed.
func (tr *Trickle) ask(login bool) (replica, failure string) {
	request, err := http.NewRequest(http.MethodGet, tr.base+"/v1/me", nil)
	if login {
		request, err = http.NewRequest(http.MethodPost, tr.base+"/v1/login", bytes.NewReader(tr.login))
	}
	if err != nil {
		return "", err.Error()
	}
	if login {
		request.Header.Set("Content-Type", "application/json")
	} else {
		request.Header.Set(tr.header, tr.value)
	}
	response, err := tr.client.Do(request)
	if err != nil {
		return "", err.Error()
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		return "", fmt.Sprintf("%d %s %v", response.StatusCode, bytes.TrimSpace(body), err)
	}
	return response.Header.Get("X-Replica"), ""
}

// Tally is what came of the requests of some time.
type Tally struct {
	Sent, Failed int
	Logins       int             // of those sent
	FailedLogins int             // of those that failed
	Replicas     map[string]bool // that gave good answers
	Last         time.Time       // when the last that failed was sent; zero if none did
	Failures     map[string]int  // how often each happened
}

func newTally() Tally { return Tally{Replicas: map[string]bool{}, Failures: map[string]int{}} }

// add counts a request that is answered.
func (t *Tally) add(a *answer) {
	t.Sent++
	if a.login {
		t.Logins++
	}
	if a.failure == "" {
		t.Replicas[a.replica] = true
		return
	}
	t.Failed++
	if a.login {
		t.FailedLogins++
	}
	t.Failures[a.failure]++
	if a.at.After(t.Last) {
		t.Last = a.at
	}
}

// Span ends a span and sums up the requests that were sent in it: since the last one ended. It waits until all of them
// are answered, for which none has longer than its patience; what is sent meanwhile is of the next span.
func (tr *Trickle) Span() Tally {
	tr.mu.Lock()
	span := tr.sent[tr.counted:]
	tr.counted = len(tr.sent)
	tr.mu.Unlock()
	t := newTally()
	for _, a := range span {
		<-a.there
		t.add(a)
	}
	return t
}

// Lately sums up what was sent within the last second and is answered by now.
func (tr *Trickle) Lately() Tally {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	t, from := newTally(), time.Now().Add(-time.Second)
	for _, a := range slices.Backward(tr.sent) {
		if a.at.Before(from) {
			break
		}
		select {
		case <-a.there:
			t.add(a)
		default:
		}
	}
	return t
}

// Sent is how many requests were sent, answered or not.
func (tr *Trickle) Sent() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.sent)
}
