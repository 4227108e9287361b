package credential

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"authlab/loadtest/plan"
)

// Delay is how long one replica went on taking a login that had been ended: times since the end was in force by the server's own
// word, which is its answer to the logout, or the moment at which an expiring token is void.
type Delay struct {
	Trial   int `json:"trial"`
	Replica int `json:"replica"`
	// Accepted is when the last request was sent that was still answered 200; 0 when none was.
	Accepted time.Duration `json:"accepted_ns"`
	// Refused is when the first answer came after which every other was a refusal, 0 when none did in time. It holds the request's
	// own time, so that a replica refused no later.
	Refused time.Duration `json:"refused_ns"`
}

// giveUp is how long beyond the row's push delay a trial goes on.
const giveUp = 5 * time.Second

// Delays ends so many logins, one after the other, in the way that the scheme guarantees, and asks every replica about each
// without a pause until all refuse it. Where a login lives on the replica that made it, that one alone is asked, another with each trial.
func Delays(ctx context.Context, c ProbeConfig, trials int) ([]Delay, error) {
	desks, leave, err := c.desks(ctx)
	defer leave()
	if err != nil {
		return nil, err
	}
	var all []Delay
	for trial := range trials {
		asked, first := desks, 0
		if c.Scheme.PerReplica {
			first = trial % len(desks)
			asked = desks[first : first+1]
		}
		some, err := c.delay(ctx, asked)
		if err != nil {
			return nil, err
		}
		for i, d := range some {
			d.Trial, d.Replica = trial, first+i
			all = append(all, d)
		}
	}
	return all, nil
}

// delay is one trial at the desks.
func (c ProbeConfig) delay(ctx context.Context, desks []*desk) ([]Delay, error) {
	login, err := desks[0].patiently(ctx, userName(0))
	if err != nil {
		return nil, fmt.Errorf("a login could not be made at %s: %w", c.Scheme.Name, err)
	}
	end := func(ctx context.Context, login Credential) error { return desks[0].logout(ctx, login) }
	if c.Scheme.Guarantee == plan.AtExpiry {
		if login, end, err = c.expiring(login); err != nil {
			return nil, err
		}
	}
	for i, d := range desks {
		status, err := d.status("GET /v1/me", login)
		if err != nil {
			return nil, err
		}
		if status != http.StatusOK {
			return nil, fmt.Errorf("replica %d of %s refused a fresh login (status %d)", i, c.Scheme.Name, status)
		}
	}
	if err := end(ctx, login); err != nil {
		return nil, err
	}
	return c.watch(ctx, desks, login, time.Now())
}

// answer is what a replica said, and when it was asked and answered, since the end of the login.
type answer struct {
	sent, came time.Duration
	status     int
	err        error
}

// ask asks all desks at once about a login that ended at that time: one after the other, the last would seem to refuse it later.
func ask(desks []*desk, login Credential, ended time.Time) []answer {
	answers := make([]answer, len(desks))
	var asking sync.WaitGroup
	for i, d := range desks {
		asking.Go(func() {
			a := &answers[i]
			a.sent = time.Since(ended)
			a.status, a.err = d.status("GET /v1/me", login)
			a.came = time.Since(ended)
		})
	}
	asking.Wait()
	return answers
}

// watch asks the desks again and again about a login that ended at that time.
func (c ProbeConfig) watch(ctx context.Context, desks []*desk, login Credential, ended time.Time) ([]Delay, error) {
	delays := make([]Delay, len(desks))
	for time.Since(ended) < c.Scheme.Push+giveUp && ctx.Err() == nil {
		everywhere := true
		for i, a := range ask(desks, login, ended) {
			switch {
			case a.err != nil:
				return nil, a.err
			case a.status == http.StatusOK:
				everywhere = false
				delays[i] = Delay{Accepted: max(a.sent, 1)} // a refusal before it was not the last word
			case a.status != http.StatusUnauthorized:
				return nil, fmt.Errorf("asked about a login that had been ended, %s answered %d, not 401", c.Scheme.Name, a.status)
			case delays[i].Refused == 0:
				delays[i].Refused = a.came
			}
		}
		if everywhere {
			return delays, nil
		}
	}
	return delays, context.Cause(ctx)
}
