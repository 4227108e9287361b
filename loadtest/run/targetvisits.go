package run

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Measure signs the users in and visits the target with every load of the plan.
func (s *TargetRun) Measure(ctx context.Context) error {
	e, err := s.environment(ctx)
	if err == nil {
		err = s.folder.Environment(e)
	}
	for _, event := range append(s.skipped, record.Event{
		Kind: record.Started, About: s.options.Scheme.Name, Nonce: s.id,
		Said: message.New("event.stood",
			"replicas", len(s.target.Names()), "scheme", s.options.Scheme.Name, "url", s.target.URL()),
	}) {
		if err == nil {
			err = s.folder.Event(event)
		}
	}
	if err == nil {
		err = s.visits(ctx)
	}
	return s.end(ctx, err)
}

// gently is how many users sign in at once: hashed passwords are costly to check.
const gently = 4

func (s *TargetRun) visits(ctx context.Context) error {
	s.progress.Begin(s.plan.Predict(s.costs)[0])
	credentials, err := credential.SignIn(ctx, credential.Config{
		Base: s.target.URL(), Scheme: s.options.Scheme, Users: s.plan.Users, Key: s.options.Key, As: s.options.As,
		Pins: s.target.Pins(), Parallel: min(gently, s.options.MaxConnections), Rate: s.options.MaxRate,
		Progress: func(n int) { s.progress.Doing(fmt.Sprintf("%d users are signed in", n)) },
	})
	if err != nil {
		return err
	}
	replicas := len(s.target.Names())
	target, err := load.NewTarget(s.target.URL(), "/v1/me", s.id, 0, replicas, credentials, s.plan.Seed)
	if err != nil {
		return err
	}
	defer target.Close()
	target.Call(s.target.Names())
	target.Pin(s.target.Pins())
	most := 0.0 // answers/s so far
	left := map[float64]bool{}
	late := 0
	for slot, v := range s.plan.Visits() {
		// With most near the ceiling, the ceiling was the limit, and how much the target can answer is unknown.
		if v.Rate > fastest*most && most > 0 && most < fastest*s.options.MaxRate {
			if err := s.leaveRate(v.Rate, most, left); err != nil {
				return err
			}
			continue
		}
		if !s.due(ctx, slot) {
			late++
			continue
		}
		row, err := s.slice(ctx, target, v)
		if err == nil {
			err = s.keep(ctx, row)
		}
		if err != nil {
			return err
		}
		if v.Rate == 0 {
			most = max(most, float64(row.Verdicts[record.OK])/row.Window.Seconds())
		}
	}
	if late > 0 {
		if err := s.folder.Event(record.Event{
			Kind: record.Skipped, About: "slices", Slices: late,
			Said: message.New("event.too-late", "count", late), Help: message.New("help.later"),
		}); err != nil {
			return err
		}
	}
	return s.probe(ctx)
}

// fastest is the largest fixed rate to send, as a share of the target's highest throughput: above it requests only
// queue.
const fastest = 0.8

// leaveRate records once that a rate was left out.
func (s *TargetRun) leaveRate(rate, most float64, left map[float64]bool) error {
	if left[rate] {
		return nil
	}
	left[rate] = true
	return s.folder.Event(record.Event{
		Kind: record.Skipped, About: measure.RateName(rate),
		Said: message.New("event.rate-too-high", "rate", rate, "most", most), Help: message.New("help.lower-rates"),
	})
}

// due waits for the start of a slice that several generators share. It reports false when that time has passed.
func (s *TargetRun) due(ctx context.Context, slot int) bool {
	if s.options.Begin.IsZero() {
		return true
	}
	at := s.options.Begin.Add(time.Duration(slot) * (plan.Auto.Warmup() + s.plan.Target.Slice + plan.TargetPause))
	if !at.After(time.Now()) {
		return false
	}
	s.progress.Doing("waiting for the other generators")
	select {
	case <-time.After(time.Until(at)):
		return true
	case <-ctx.Done():
		return true // then the slice ends at once
	}
}

// slice sends one slice of load.
func (s *TargetRun) slice(ctx context.Context, target *load.Target, v plan.Visit) (record.Slice, error) {
	cell := record.Cell{
		Kind: plan.TargetCell, Scheme: s.options.Scheme.Name, Replicas: len(s.target.Names()),
		Rate: v.Rate, Round: v.Round, Place: v.Place,
	}
	if v.Rate == 0 {
		return load.Closed(ctx, cell, target, load.ClosedOptions{
			Connections: v.Connections, Window: s.plan.Target.Slice, Warmup: plan.Auto.Warmup(),
			Ceiling: s.options.MaxRate, Meters: s.meters(),
		})
	}
	return s.open(ctx, target, cell, load.OpenOptions{
		Seed: s.salt, Window: s.plan.Target.Slice, Most: s.options.MaxConnections, Meters: s.meters(),
	}, record.OpenLoop(s.options.Scheme.Name, v.Rate))
}

// meters returns the lab itself, and every process of the target that reports its use.
func (s *TargetRun) meters() []load.Meter {
	all := []load.Meter{cluster.Self()}
	for _, r := range s.target.Replicas() {
		all = append(all, r)
	}
	if store := s.target.Store(); store != nil {
		all = append(all, store)
	}
	return all
}

// probe ends a login, or tampers with one that this run cannot end, and records how the target answers it.
func (s *TargetRun) probe(ctx context.Context) error {
	at := s.target.Direct()
	if complete := len(at) == len(s.target.Names()); !complete {
		at = []string{s.target.URL()}
		if s.options.Scheme.LosesLogins && len(s.target.Names()) > 1 {
			return s.folder.Event(record.Event{
				Kind: record.Skipped, About: "probe",
				Said: message.New("event.not-probed"), Help: message.Text("--replicas"),
			})
		}
	}
	s.progress.Doing("ending a login")
	trials, err := credential.Probe(ctx, credential.ProbeConfig{
		Scheme: s.options.Scheme, Replicas: at, Pins: s.target.Pins(),
		Key: s.options.Key, As: s.options.As,
	})
	if err != nil || len(trials) == 0 {
		return err
	}
	return s.folder.Probe(record.Probe{Scheme: s.options.Scheme.Name, Nonce: s.id, Trials: trials})
}
