// Package logins asks what a login costs a replica compared with a request, and what a storm of logins does to users
// who are logged in.
package logins

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Kind is the experiment.
var Kind = experiment.Kind{
	Part: func() plan.Part { return new(Part) }, People: true, Measure: measure, Complete: complete, Analyse: analyse,
}

// Line is a line of raw/logins.jsonl: what logins cost one replica beside requests, and what a storm of them did.
type Line struct {
	Start    int    `json:"start"` // which start of the servers
	Scheme   string `json:"arm"`
	Nonce    string `json:"nonce"`    // of the cluster
	Request  Spent  `json:"request"`  // GET /v1/me of users who are logged in
	Login    Spent  `json:"login"`    // of load users, whose passwords are cheap to check
	Password Spent  `json:"password"` // of a user whose password is hashed as for people
	Calm     Steady `json:"calm"`
	Storm    Steady `json:"storm"`
	Stormed  uint64 `json:"stormed"` // logins made in the storm
	Turned   uint64 `json:"turned"`  // away in the storm: 503, the server checked as many at once as it can
	// StormTime is how long the storm lasted.
	StormTime time.Duration `json:"storm_ns"`
}

// Spent is the CPU time of a number of requests.
type Spent struct {
	Requests uint64        `json:"requests"`
	Refused  uint64        `json:"refused,omitempty"` // tries besides, because the server was busy
	Replica  time.Duration `json:"replica_cpu_ns"`
	Store    time.Duration `json:"store_cpu_ns"` // 0 where there is none
	Elapsed  time.Duration `json:"elapsed_ns"`
}

// Steady is what became of requests that came at a fixed mean rate.
type Steady struct {
	Sent uint64 `json:"sent"`
	OK   uint64 `json:"ok"`
	Due  string `json:"due"` // histogram of latencies from when each was due
	Lag  string `json:"lag"` // histogram of how late the generator was
}

const (
	// connections is how many connections the requests use that must keep a replica busy, and the cheap logins.
	connections = 16
	// atOnce is how many connections make logins of people while their cost is measured: enough to keep a replica busy.
	atOnce = 4
	// stormLogins is more logins than a storm reaches.
	stormLogins = 1 << 20
)

// measure measures what a login costs, and what a storm of logins does. Only one scheme runs at a time.
func measure(ctx context.Context, b experiment.Bench) error {
	part, _ := plan.PartOf[*Part](b.Plan())
	schemes := b.Plan().LoginSchemes()
	for start := range part.Starts {
		for _, i := range b.Plan().Shuffle(key, start, len(schemes)) {
			m := &measuring{Bench: b, part: part, line: Line{Start: start, Scheme: schemes[i].Name}}
			if err := m.scheme(ctx, schemes[i]); err != nil {
				return err
			}
			if err := b.Keep(m.line); err != nil {
				return err
			}
		}
	}
	return nil
}

// measuring is one scheme at one start of its servers.
type measuring struct {
	experiment.Bench
	experiment.Servers
	part *Part
	line Line
}

func (m *measuring) scheme(ctx context.Context, s plan.Scheme) (err error) {
	m.Servers, err = m.Stand(ctx, experiment.Setup{
		Scheme: s, Replicas: 1, Users: m.Plan().Users,
		Flags: []string{"--demo-users"}, Apart: true,
	})
	if err != nil {
		return err
	}
	defer m.Down()
	m.line.Nonce = m.Nonce()
	if err := m.SignIn(ctx, m.Plan().Users); err != nil {
		return err
	}
	m.Doing(message.New("logins.doing", "scheme", s.Name))
	if err := m.Apart(true, func() error { return m.spend(ctx) }); err != nil {
		return err
	}
	return m.Apart(false, func() error { return m.storm(ctx) })
}

// spend measures what requests and logins cost a replica that has a core of its own and is never idle.
func (m *measuring) spend(ctx context.Context) (err error) {
	if m.line.Request, err = m.spent(func() (done, refused uint64, err error) { return m.ask(ctx) }); err != nil {
		return err
	}
	logIn := func(l experiment.Logins) (Spent, error) {
		return m.spent(func() (done, refused uint64, err error) { return m.LogIn(ctx, l) })
	}
	if m.line.Login, err = logIn(experiment.Logins{N: m.part.Logins, Parallel: connections}); err != nil {
		return err
	}
	m.line.Password, err = logIn(experiment.Logins{N: m.part.Passwords, Parallel: atOnce, People: true})
	return err
}

// ask sends requests of users who are logged in, and expects each user's own answer.
func (m *measuring) ask(ctx context.Context) (done, refused uint64, err error) {
	asked, err := m.Saturate(ctx, connections, m.part.Window)
	if err == nil && asked.Sent != asked.Verdicts[record.OK] {
		err = fmt.Errorf("of %d requests of users who had logged in at %s, %d were answered as theirs", asked.Sent,
			m.line.Scheme, asked.Verdicts[record.OK])
	}
	return asked.Served, 0, err
}

// spent is the CPU time that the replica and its store took for a number of requests.
func (m *measuring) spent(work func() (done, refused uint64, err error)) (s Spent, err error) {
	replica, store, err := m.Used()
	if err != nil {
		return s, err
	}
	began := time.Now()
	if s.Requests, s.Refused, err = work(); err != nil {
		return s, err
	}
	s.Elapsed = time.Since(began)
	after, storeAfter, err := m.Used()
	s.Replica, s.Store = after-replica, storeAfter-store
	return s, err
}

// storm sends a steady rate of requests of users who are logged in, first alone and then among logins.
func (m *measuring) storm(ctx context.Context) (err error) {
	if m.line.Calm, err = m.steady(ctx, 2*m.line.Start); err != nil {
		return err
	}
	storm, end := context.WithCancelCause(ctx)
	over := errors.New("the storm is over")
	defer end(over)
	failed := make(chan error, 1)
	began := time.Now()
	go func() {
		var err error
		m.line.Stormed, m.line.Turned, err = m.LogIn(storm,
			experiment.Logins{N: stormLogins, Parallel: m.part.Storm, People: true})
		failed <- err
	}()
	m.line.Storm, err = m.steady(ctx, 2*m.line.Start+1)
	end(over)
	blown := <-failed
	m.line.StormTime = time.Since(began)
	if blown != nil && !errors.Is(blown, over) {
		return blown
	}
	return err
}

// steady is a round of requests at the plan's rate: even ones are calm, and odd ones among logins.
func (m *measuring) steady(ctx context.Context, round int) (Steady, error) {
	slice, err := m.Send(ctx, m.part.Rate, m.part.Window, round)
	return Steady{Sent: slice.Sent, OK: slice.Verdicts[record.OK], Due: slice.Corrected, Lag: slice.Lag}, err
}

func read(r *record.Run) []Line {
	lines, _ := record.Lines[Line](r, key) // what cannot be read, Complete tells
	return lines
}

// complete checks the lines against the plan.
func complete(r *record.Run) []message.Message {
	part, _ := plan.PartOf[*Part](r.Plan)
	return experiment.Complete(r, key, message.New("logins.lines"), r.Plan.LoginSchemes(),
		func(l Line) (string, int, int) { return l.Scheme, l.Start, 0 },
		func(plan.Scheme) int { return part.Starts })
}
