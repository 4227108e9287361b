package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
)

// person has a password that is hashed as those of people are: one of the accounts that --demo-users makes.
var person = []credential.Account{{Name: "alice", Password: "correct horse battery staple"}}

// atOnce is over how many connections logins are made where their cost is measured: enough to keep a replica busy.
const atOnce = 4

// logins measures what a login costs, and what a storm of them does. One row stands at a time.
func (r *run) logins(ctx context.Context) error {
	arms := r.plan.LoginArms()
	for start := range r.plan.Logins.Starts {
		for _, i := range r.plan.Shuffle("logins", start, len(arms)) {
			row, err := r.logIn(ctx, arms[i])
			if err != nil {
				return err
			}
			row.Start = start
			if err := r.folder.writer.AppendLogins(row); err != nil {
				return err
			}
			r.measured++
		}
	}
	return nil
}

// logIn measures one row at one start of its servers.
func (r *run) logIn(ctx context.Context, s plan.Scheme) (row load.Logins, err error) {
	l := r.plan.Logins
	s.Flags = append(slices.Clone(s.Flags), "--demo-users")
	a, down, err := r.standOne(ctx, s, cluster.Spec{
		Replicas: 1, Users: r.plan.Users,
		CPUs: map[cluster.Tier][]int{cluster.Replica: r.cpus[:1], cluster.Store: r.cpus[1:2]},
	})
	if err != nil {
		return row, err
	}
	defer down()
	if err := r.signIn(ctx, []*arm{a}); err != nil {
		return row, err
	}
	r.progress.doing("logging in at " + s.Name)
	row.Arm, row.Nonce = s.Name, a.cluster.Nonce()
	target, err := r.target(a, direct)
	if err != nil {
		return row, err
	}
	users := credential.Config{Base: a.cluster.Direct(0), Scheme: s, Users: l.Logins, Parallel: 16, Key: r.lab.LoadKey(), Nonce: row.Nonce}
	people := users
	people.As, people.Users, people.Parallel = person, l.Passwords, atOnce
	if row.Request, err = spent(a, func() (uint64, error) { return r.ask(ctx, a, target, &row) }); err != nil {
		return row, err
	}
	for _, part := range []struct {
		who  credential.Config
		into *load.Spent
	}{{users, &row.Login}, {people, &row.Password}} {
		*part.into, err = spent(a, func() (uint64, error) {
			n, err := credential.LogIn(ctx, part.who)
			return uint64(n), err
		})
		if err != nil {
			return row, fmt.Errorf("logging in at %s: %w", s.Name, err)
		}
	}
	people.Users, people.Parallel = stormLogins, l.Storm
	return row, r.storm(ctx, a, target, people, &row)
}

// ask sends the requests of those who are logged in, and wants them answered as theirs.
func (r *run) ask(ctx context.Context, a *arm, target *load.Target, row *load.Logins) (uint64, error) {
	asked, err := load.Closed(ctx, load.Cell{Arm: a.scheme.Name, Replicas: 1}, target, load.ClosedOptions{Connections: 16, Window: r.plan.Logins.Window})
	if err == nil && asked.Sent != asked.Verdicts[load.OK] {
		err = fmt.Errorf("of %d requests of users who had logged in at %s, %d were answered as theirs", asked.Sent, row.Arm, asked.Verdicts[load.OK])
	}
	return asked.Served, err
}

// spent is what an arm's replica and its store consumed for so many requests.
func spent(a *arm, work func() (uint64, error)) (s load.Spent, err error) {
	read := func() (replica, store time.Duration, err error) {
		r, err := a.cluster.Replica(0).Read()
		if err != nil || a.cluster.Store() == nil {
			return r.CPU, 0, err
		}
		of, err := a.cluster.Store().Read()
		return r.CPU, of.CPU, err
	}
	replica, store, err := read()
	if err != nil {
		return s, err
	}
	began := time.Now()
	if s.Requests, err = work(); err != nil {
		return s, err
	}
	s.Elapsed = time.Since(began)
	after, storeAfter, err := read()
	s.Replica, s.Store = after-replica, storeAfter-store
	return s, err
}

// stormLogins is more than a storm comes to.
const stormLogins = 1 << 20

// storm sends a steady rate of requests on behalf of those who are logged in, first alone and then among logins.
func (r *run) storm(ctx context.Context, a *arm, target *load.Target, people credential.Config, row *load.Logins) (err error) {
	if row.Calm, err = r.steady(ctx, a, target); err != nil {
		return err
	}
	storm, end := context.WithCancelCause(ctx)
	over := errors.New("the storm is over")
	defer end(over)
	type made struct {
		n   int
		err error
	}
	logins := make(chan made, 1)
	began := time.Now()
	go func() {
		n, err := credential.LogIn(storm, people)
		logins <- made{n, err}
	}()
	row.Storm, err = r.steady(ctx, a, target)
	end(over)
	m := <-logins
	row.Stormed, row.StormTime = uint64(m.n), time.Since(began)
	if m.err != nil && !errors.Is(m.err, over) {
		return fmt.Errorf("logging in at %s: %w", a.scheme.Name, m.err)
	}
	return err
}

func (r *run) steady(ctx context.Context, a *arm, target *load.Target) (load.Steady, error) {
	l := r.plan.Logins
	requests, err := r.folder.writer.Requests("logins-" + a.scheme.Name)
	if err != nil {
		return load.Steady{}, err
	}
	row, err := load.Open(ctx, load.Cell{Arm: a.scheme.Name, Replicas: 1, Rate: l.Rate}, target, load.OpenOptions{
		Rate: l.Rate, Arrivals: plan.Poisson, Seed: r.plan.Seed, Window: l.Window, Requests: requests,
	})
	return load.Steady{Sent: row.Sent, OK: row.Verdicts[load.OK], Due: row.Corrected, Lag: row.Lag}, err
}
