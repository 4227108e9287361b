package run

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
	"authlab/loadtest/record"
)

// person has a password that is hashed as those of people are: one of the accounts that --demo-users makes.
var person = []credential.Account{{Name: "alice", Password: "correct horse battery staple"}}

// atOnce is over how many connections logins are made where their cost is measured: enough to keep a replica busy.
const atOnce = 4

// logins measures what a login costs, and what a storm of them does. One row stands at a time.
func (r *Run) logins(ctx context.Context) error {
	arms := r.plan.LoginArms()
	for start := range r.plan.Logins.Starts {
		for _, i := range r.plan.Shuffle("logins", start, len(arms)) {
			row, err := r.logIn(ctx, arms[i], start)
			if err != nil {
				return err
			}
			if err := r.folder.Logins(row); err != nil {
				return err
			}
			r.measured++
		}
	}
	return nil
}

// logIn measures one row at one start of its servers.
func (r *Run) logIn(ctx context.Context, s plan.Scheme, start int) (row record.Logins, err error) {
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
	r.progress.Doing("logging in at " + s.Name)
	row.Start, row.Arm, row.Nonce = start, s.Name, a.cluster.Nonce()
	target, err := r.target(a, direct)
	if err != nil {
		return row, err
	}
	users := credential.Config{Base: a.cluster.Direct(0), Scheme: s, Users: l.Logins, Parallel: 16, Key: r.lab.LoadKey(), Nonce: row.Nonce}
	people := users
	people.As, people.Users, people.Parallel = person, l.Passwords, atOnce
	if err := r.spend(ctx, a, target, users, people, &row); err != nil {
		return row, err
	}
	people.Users, people.Parallel = stormLogins, l.Storm
	return row, r.storm(ctx, a, target, people, &row)
}

// spend measures what requests and logins cost a replica that has a core for itself, and no rest.
func (r *Run) spend(ctx context.Context, a *arm, target *load.Target, users, people credential.Config, row *record.Logins) error {
	restore, err := cluster.PinAlone(r.cpus[1:2])
	if err != nil {
		return err
	}
	defer restore()
	if row.Request, err = spent(a, func() (done, refused uint64, err error) { return r.ask(ctx, a, target, row) }); err != nil {
		return err
	}
	for _, part := range []struct {
		who  credential.Config
		into *record.Spent
	}{{users, &row.Login}, {people, &row.Password}} {
		*part.into, err = spent(a, func() (done, refused uint64, err error) { return credential.LogIn(ctx, part.who) })
		if err != nil {
			return fmt.Errorf("logging in at %s: %w", a.scheme.Name, err)
		}
	}
	return nil
}

// ask sends the requests of those who are logged in, and wants them answered as theirs.
func (r *Run) ask(ctx context.Context, a *arm, target *load.Target, row *record.Logins) (done, refused uint64, err error) {
	asked, err := load.Closed(ctx, record.Cell{Arm: a.scheme.Name, Replicas: 1}, target, load.ClosedOptions{Connections: 16, Window: r.plan.Logins.Window})
	if err == nil && asked.Sent != asked.Verdicts[record.OK] {
		err = fmt.Errorf("of %d requests of users who had logged in at %s, %d were answered as theirs", asked.Sent, row.Arm, asked.Verdicts[record.OK])
	}
	return asked.Served, 0, err
}

// spent is what an arm's replica and its store consumed for so many requests.
func spent(a *arm, work func() (done, refused uint64, err error)) (s record.Spent, err error) {
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
	if s.Requests, s.Refused, err = work(); err != nil {
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
func (r *Run) storm(ctx context.Context, a *arm, target *load.Target, people credential.Config, row *record.Logins) error {
	unpin, err := cluster.PinSelf(r.cpus[1:2])
	if err != nil {
		return err
	}
	defer unpin()
	if row.Calm, err = r.steady(ctx, a, target, 2*row.Start); err != nil {
		return err
	}
	storm, end := context.WithCancelCause(ctx)
	over := errors.New("the storm is over")
	defer end(over)
	failed := make(chan error, 1)
	began := time.Now()
	go func() {
		var err error
		row.Stormed, row.Turned, err = credential.LogIn(storm, people)
		failed <- err
	}()
	row.Storm, err = r.steady(ctx, a, target, 2*row.Start+1)
	end(over)
	blown := <-failed
	row.StormTime = time.Since(began)
	if blown != nil && !errors.Is(blown, over) {
		return fmt.Errorf("logging in at %s: %w", a.scheme.Name, blown)
	}
	return err
}

// steady is a round of requests at the plan's rate: even ones are calm, and odd ones among logins.
func (r *Run) steady(ctx context.Context, a *arm, target *load.Target, round int) (record.Steady, error) {
	l := r.plan.Logins
	requests, err := r.folder.Requests("logins-" + a.scheme.Name)
	if err != nil {
		return record.Steady{}, err
	}
	row, err := load.Open(ctx, record.Cell{Arm: a.scheme.Name, Replicas: 1, Rate: l.Rate, Round: round}, target, load.OpenOptions{
		Rate: l.Rate, Arrivals: plan.Poisson, Seed: r.plan.Seed + uint64(round), Window: l.Window, Requests: requests,
	})
	return record.Steady{Sent: row.Sent, OK: row.Verdicts[record.OK], Due: row.Corrected, Lag: row.Lag}, err
}
