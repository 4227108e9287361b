package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/experiment"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// bench is the run as a kind of experiment sees it.
type bench struct {
	*Run
	kind experiment.Kind
}

// experiment runs the stage of a kind.
func (r *Run) experiment(kind experiment.Kind) func(context.Context) error {
	return func(ctx context.Context) error { return kind.Measure(ctx, bench{r, kind}) }
}

// Plan implements experiment.Bench.
func (b bench) Plan() *plan.Plan { return b.plan }

// Doing implements experiment.Bench.
func (b bench) Doing(what string) { b.progress.Doing(what) }

// Filled implements experiment.Bench.
func (b bench) Filled(each time.Duration) { b.learned.fill = append(b.learned.fill, each) }

// Keep implements experiment.Bench.
func (b bench) Keep(line any) error {
	err := b.folder.Line(b.kind.Name(), line)
	if err == nil {
		b.measured++
	}
	return err
}

// Apart implements experiment.Bench.
func (b bench) Apart(oneThread bool, work func() error) error {
	pin := cluster.PinSelf
	if oneThread {
		pin = cluster.PinAlone
	}
	restore, err := pin(b.cpus[1:2])
	if err != nil {
		return err
	}
	defer restore()
	return work()
}

// Stand implements experiment.Bench.
func (b bench) Stand(ctx context.Context, s experiment.Setup) (experiment.Servers, error) {
	s.Scheme.Flags = slices.Concat(s.Scheme.Flags, s.Flags)
	spec := cluster.Spec{Replicas: s.Replicas, Users: s.Users, Collect: s.Collect}
	if s.Apart {
		spec.CPUs = map[cluster.Tier][]int{cluster.Replica: b.cpus[:1], cluster.Store: b.cpus[1:2]}
	}
	a, down, err := b.standOne(ctx, s.Scheme, spec)
	if err != nil {
		return nil, err
	}
	return &stood{run: b.Run, kind: b.kind.Name(), arm: a, down: down}, nil
}

// stood is one scheme's servers as a kind of experiment sees them.
type stood struct {
	run  *Run
	kind string
	arm  *arm
	down func()
}

// Nonce implements experiment.Servers.
func (s *stood) Nonce() string { return s.arm.cluster.Nonce() }

// Down implements experiment.Servers.
func (s *stood) Down() {
	if s.down != nil {
		s.down()
	}
	s.down = nil
}

// SignIn implements experiment.Servers.
func (s *stood) SignIn(ctx context.Context, n int) error {
	c := s.logins()
	c.First, c.Users = len(s.arm.credentials[0]), n
	c.Progress = func(n int) {
		s.run.progress.Doing(fmt.Sprintf("%d users are signed in at %s", c.First+n, s.arm.scheme.Name))
	}
	more, err := credential.SignIn(ctx, c)
	if err != nil {
		return fmt.Errorf("signing in at %s: %w", s.arm.scheme.Name, err)
	}
	s.arm.credentials[0] = append(s.arm.credentials[0], more...)
	s.arm.forget()
	_, err = s.run.target(s.arm, direct) // before anything is timed
	return err
}

// logins is where logins are made.
func (s *stood) logins() credential.Config {
	return credential.Config{Base: s.arm.cluster.Direct(0), Scheme: s.arm.scheme, Key: s.run.lab.LoadKey(), Nonce: s.Nonce()}
}

// person has a password that is hashed as those of people are: one of the accounts that --demo-users makes.
var person = []credential.Account{{Name: "alice", Password: "correct horse battery staple"}}

// LogIn implements experiment.Servers.
func (s *stood) LogIn(ctx context.Context, l experiment.Logins) (done, refused uint64, err error) {
	c := s.logins()
	c.Users, c.Parallel = l.N, l.Parallel
	if l.People {
		c.As = person
	}
	if done, refused, err = credential.LogIn(ctx, c); err != nil {
		err = fmt.Errorf("logging in at %s: %w", s.arm.scheme.Name, err)
	}
	return done, refused, err
}

// EndLogins implements experiment.Servers.
func (s *stood) EndLogins(ctx context.Context, n int) ([]record.Refusal, error) {
	return credential.Delays(ctx, s.run.probeConfig(s.arm), n)
}

// cell names a slice of a kind's load, which is not kept among the slices of the plan.
func (s *stood) cell() record.Cell { return record.Cell{Arm: s.arm.scheme.Name, Replicas: 1} }

// Saturate implements experiment.Servers.
func (s *stood) Saturate(ctx context.Context, connections int, window time.Duration) (record.Slice, error) {
	target, err := s.run.target(s.arm, direct)
	if err != nil {
		return record.Slice{}, err
	}
	slice, err := load.Closed(ctx, s.cell(), target, load.ClosedOptions{Connections: connections, Window: window})
	return slice, cmp.Or(err, context.Cause(ctx)) // one that was cut short is none
}

// Send implements experiment.Servers.
func (s *stood) Send(ctx context.Context, rate float64, window time.Duration, round int) (record.Slice, error) {
	target, err := s.run.target(s.arm, direct)
	if err != nil {
		return record.Slice{}, err
	}
	cell := s.cell()
	cell.Rate, cell.Round = rate, round
	slice, err := s.run.open(ctx, target, cell, load.OpenOptions{Window: window}, s.kind+"-"+s.arm.scheme.Name)
	return slice, cmp.Or(err, context.Cause(ctx))
}

// Used implements experiment.Servers.
func (s *stood) Used() (replica, store time.Duration, err error) {
	r, err := s.arm.cluster.Replica(0).Read()
	if err != nil || s.arm.cluster.Store() == nil {
		return r.CPU, 0, err
	}
	of, err := s.arm.cluster.Store().Read()
	return r.CPU, of.CPU, err
}

// Held implements experiment.Servers.
func (s *stood) Held(ctx context.Context) (h experiment.Holding, err error) {
	counters, err := load.Scrape(ctx, s.arm.cluster.Direct(0))
	if err != nil {
		return h, err
	}
	reading, err := s.arm.cluster.Replica(0).Read()
	if err != nil {
		return h, err
	}
	h.LiveHeap, h.Resident = counters.LiveHeap, reading.Resident
	if store := s.arm.cluster.Store(); store != nil {
		held, told, err := store.Memory()
		if err != nil {
			return h, err
		}
		if told {
			h.Store = &held
		}
	}
	return h, nil
}
