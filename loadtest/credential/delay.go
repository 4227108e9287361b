package credential

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// giveUp is how long a trial goes on beyond the scheme's push delay.
const giveUp = 5 * time.Second

// Delays ends logins one after the other, in the way that the scheme guarantees, and each at the next replica. After
// each it asks every replica about the login, without a pause, until all refuse it. Where a login lives on the replica
// that made it, Delays asks only that replica. When all logins are ended, it asks about all of them once more: a login
// that came back counts as never refused.
func Delays(ctx context.Context, c ProbeConfig, trials int) ([]record.Refusal, error) {
	clients, leave, err := c.clients(ctx)
	defer leave()
	if err != nil {
		return nil, err
	}
	var all []*ending
	for trial := range trials {
		at := trial % len(clients)
		e := &ending{clients: clients, at: at}
		if c.Scheme.PerReplica {
			e.clients, e.at, e.first = clients[at:at+1], 0, at
		}
		if err := c.end(ctx, e); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	var delays []record.Refusal
	for trial, e := range all {
		if err := e.again(); err != nil {
			return nil, err
		}
		for i, d := range e.delays {
			d.Trial, d.Replica, d.Own = trial, e.first+i, i == e.at
			delays = append(delays, d)
		}
	}
	return delays, nil
}

// ending is one login that was ended, and its outcome.
type ending struct {
	clients []*loginClient // those that are asked about it
	at      int            // the one of them where it was made and ended
	first   int            // index of the first client's replica
	login   Credential
	when    time.Time
	delays  []record.Refusal // by login client
}

// end makes a login, ends it, and asks about it until all refuse it.
func (c ProbeConfig) end(ctx context.Context, e *ending) (err error) {
	at := e.clients[e.at]
	if e.login, err = at.patiently(ctx, at.account(0)); err != nil {
		return fmt.Errorf("a login could not be made at %s: %w", c.Scheme.Name, err)
	}
	end := at.logout
	if c.Scheme.Guarantee == plan.AtExpiry {
		if e.login, end, err = c.expiring(e.login); err != nil {
			return err
		}
	}
	for i, d := range e.clients {
		status, err := d.status("GET /v1/me", e.login)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("replica %d of %s refused a fresh login (status %d)", e.first+i, c.Scheme.Name, status)
		}
	}
	if err := end(ctx, e.login); err != nil {
		return err
	}
	e.when = time.Now()
	return c.watch(ctx, e)
}

// again asks once more, much later.
func (e *ending) again() error {
	for i, a := range e.ask() {
		switch {
		case a.err != nil:
			return a.err
		case a.status == http.StatusOK:
			e.delays[i] = record.Refusal{Accepted: a.sent}
		}
	}
	return nil
}

// answer is a replica's answer, and when the question was sent and answered, counted from the end of the login.
type answer struct {
	sent, came time.Duration
	status     int
	err        error
}

// ask asks all login clients at once: if it asked them in turn, the last would seem to refuse the login later.
func (e *ending) ask() []answer {
	answers := make([]answer, len(e.clients))
	var asking sync.WaitGroup
	for i, d := range e.clients {
		asking.Go(func() {
			a := &answers[i]
			a.sent = time.Since(e.when)
			a.status, a.err = d.status("GET /v1/me", e.login)
			a.came = time.Since(e.when)
		})
	}
	asking.Wait()
	return answers
}

// watch asks the login clients repeatedly.
func (c ProbeConfig) watch(ctx context.Context, e *ending) error {
	e.delays = make([]record.Refusal, len(e.clients))
	for time.Since(e.when) < c.Scheme.Push+giveUp && ctx.Err() == nil {
		everywhere := true
		for i, a := range e.ask() {
			switch {
			case a.err != nil:
				return a.err
			case a.status == http.StatusOK:
				everywhere = false
				e.delays[i] = record.Refusal{Accepted: max(a.sent, 1)} // an earlier refusal was not final
			case a.status != http.StatusUnauthorized:
				return fmt.Errorf("asked about a login that had been ended, %s answered %d, not 401", c.Scheme.Name, a.status)
			case e.delays[i].Refused == 0:
				e.delays[i].Refused = a.came
			}
		}
		if everywhere {
			return nil
		}
	}
	return context.Cause(ctx)
}
