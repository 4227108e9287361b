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
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/tape"
	"authlab/loadtest/wire"
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
func (b bench) Doing(what message.Message) { b.progress.Doing(what.String()) }

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
	spec := cluster.Spec{Replicas: s.Replicas, Users: s.Users, Collect: s.Collect, Relayed: s.Relayed}
	if s.CheckEvery > 0 {
		spec.Fronts, spec.CheckEvery = cluster.Over(s.Replicas), s.CheckEvery
	}
	if s.Apart {
		spec.CPUs = map[cluster.Tier][]int{cluster.Replica: b.cpus[:1], cluster.Store: b.cpus[1:2]}
	}
	d, down, err := b.standOne(ctx, s.Scheme, spec)
	if err != nil {
		return nil, err
	}
	if err := d.away(); err != nil {
		down()
		return nil, err
	}
	return &stood{run: b.Run, kind: b.kind.Name(), deployment: d, down: down}, nil
}

// stood is one scheme's servers as a kind of experiment sees them.
type stood struct {
	run        *Run
	kind       string
	deployment *deployment
	down       func()
	players    []*tape.Player
	lanes      []*wire.Conn // for floods
}

// Nonce implements experiment.Servers.
func (s *stood) Nonce() string { return s.deployment.cluster.Nonce() }

// Down implements experiment.Servers.
func (s *stood) Down() {
	for _, p := range s.players {
		p.Close()
	}
	for _, l := range s.lanes {
		l.Close()
	}
	if s.down != nil {
		s.down()
	}
	s.down = nil
}

// SignIn implements experiment.Servers.
func (s *stood) SignIn(ctx context.Context, n int) error {
	c := s.logins()
	c.First, c.Users = len(s.deployment.credentials[0]), n
	c.Progress = func(n int) {
		s.run.progress.Doing(fmt.Sprintf("%d users are signed in at %s", c.First+n, s.deployment.scheme.Name))
	}
	more, err := credential.SignIn(ctx, c)
	if err != nil {
		return fmt.Errorf("signing in at %s: %w", s.deployment.scheme.Name, err)
	}
	s.deployment.credentials[0] = append(s.deployment.credentials[0], more...)
	s.deployment.forget()
	_, err = s.run.target(s.deployment, direct(0)) // before anything is timed
	return err
}

// door is where users sign in: at the balancer where there is one, else at the first replica.
func (s *stood) door() string {
	c := s.deployment.cluster
	if c.Balancer() == nil {
		return c.Direct(0)
	}
	return c.Front(cluster.Front{Size: c.Size()})
}

// logins returns the configuration for logging in.
func (s *stood) logins() credential.Config {
	return credential.Config{
		Base: s.door(), Scheme: s.deployment.scheme,
		Key: s.run.lab.LoadKey(), Nonce: s.Nonce(),
	}
}

// person is one of the accounts that --demo-users creates. Its password is hashed like a real user's.
var person = []credential.Account{{Name: "alice", Password: "correct horse battery staple"}}

// LogIn implements experiment.Servers.
func (s *stood) LogIn(ctx context.Context, l experiment.Logins) (done, refused uint64, err error) {
	c := s.logins()
	c.Users, c.Parallel = l.N, l.Parallel
	if l.People {
		c.As = person
	}
	if done, refused, err = credential.LogIn(ctx, c); err != nil {
		err = fmt.Errorf("logging in at %s: %w", s.deployment.scheme.Name, err)
	}
	return done, refused, err
}

// EndLogins implements experiment.Servers.
func (s *stood) EndLogins(ctx context.Context, n int) ([]record.Refusal, error) {
	return credential.Delays(ctx, s.run.probeConfig(s.deployment), n)
}

// cell names a slice of a kind's load. Such a slice is not kept among the slices of the plan.
func (s *stood) cell() record.Cell { return record.Cell{Scheme: s.deployment.scheme.Name, Replicas: 1} }

// Saturate implements experiment.Servers.
func (s *stood) Saturate(ctx context.Context, connections int, window time.Duration) (record.Slice, error) {
	target, err := s.run.target(s.deployment, direct(0))
	if err != nil {
		return record.Slice{}, err
	}
	slice, err := load.Closed(ctx, s.cell(), target, load.ClosedOptions{Connections: connections, Window: window})
	return slice, cmp.Or(err, context.Cause(ctx)) // a slice that was cut short does not count
}

// Send implements experiment.Servers.
func (s *stood) Send(ctx context.Context, rate float64, window time.Duration, round int) (record.Slice, error) {
	target, err := s.run.target(s.deployment, direct(0))
	if err != nil {
		return record.Slice{}, err
	}
	cell := s.cell()
	cell.Rate, cell.Round = rate, round
	slice, err := s.run.open(ctx, target, cell, load.OpenOptions{Window: window}, s.kind+"-"+s.deployment.scheme.Name)
	return slice, cmp.Or(err, context.Cause(ctx))
}

// Used implements experiment.Servers.
func (s *stood) Used() (replica, store time.Duration, err error) {
	r, err := s.deployment.cluster.Replica(0).Read()
	if err != nil || s.deployment.cluster.Store() == nil {
		return r.CPU, 0, err
	}
	reading, err := s.deployment.cluster.Store().Read()
	return r.CPU, reading.CPU, err
}

// Held implements experiment.Servers.
func (s *stood) Held(ctx context.Context) (h experiment.Holding, err error) {
	counters, err := load.Scrape(ctx, s.deployment.cluster.Direct(0))
	if err != nil {
		return h, err
	}
	reading, err := s.deployment.cluster.Replica(0).Read()
	if err != nil {
		return h, err
	}
	h.LiveHeap, h.Resident = counters.LiveHeap, reading.Resident
	if store := s.deployment.cluster.Store(); store != nil {
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
