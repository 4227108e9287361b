package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// check refuses a plan that cannot be run, in one sentence.
func (p *Plan) check(kinds []func() Part) error {
	switch {
	case p.Name == "":
		return errors.New("name is missing")
	case p.Limit < 0 || p.Limit > longest:
		return fmt.Errorf("limit must be a duration such as 90s, up to %v, or absent for as long as it takes", longest)
	case p.Users < 1 || p.Users > MostUsers:
		return fmt.Errorf("users must be between 1 and %d, not %d", MostUsers, p.Users)
	case !(p.Resolution > 0 && p.Resolution < 1):
		return fmt.Errorf("resolution must be between 0 and 1, not %v", p.Resolution)
	case p.Target != nil && (p.Demand != nil || p.Ladder != nil || p.Tiers != nil || p.Scaling != nil ||
		p.Latency != nil || p.Capacity != nil || len(p.Parts) > 0):
		return errors.New("target stands alone: the other stages start their own servers and compare them")
	case p.Target != nil && len(p.Schemes) > 1:
		return errors.New("a plan with a target has at most one scheme: the one that the target runs")
	case len(p.Schemes) == 0 && p.Target == nil:
		return errors.New("schemes is empty: name at least one scheme, such as session-redis")
	case p.Demand == nil && p.Ladder == nil && p.Scaling == nil && p.Latency == nil && p.Capacity == nil &&
		len(p.Parts) == 0 && p.Target == nil:
		names := []string{"demand", "ladder", "scaling", "latency", "capacity"}
		for _, kind := range kinds {
			names = append(names, kind().Key())
		}
		return fmt.Errorf("nothing to measure: give at least one of %s, target", strings.Join(names, ", "))
	}
	if err := p.checkSchemes(); err != nil {
		return err
	}
	if err := first(p.Demand.check(), p.Ladder.check(), p.Tiers.check(), p.Scaling.check(), p.Latency.check(),
		p.Capacity.check(), p.Target.check()); err != nil {
		return err
	}
	for _, part := range p.Parts {
		if err := part.Check(p); err != nil {
			return err
		}
	}
	for _, text := range p.Require {
		if _, err := ParseRequirement(text); err != nil {
			return err
		}
	}
	return nil
}

// checkSchemes refuses names of schemes. A stage's own schemes may be those of another stage, but not the plan's.
func (p *Plan) checkSchemes() error {
	lists := [][]string{p.Schemes}
	if p.Demand != nil {
		lists = append(lists, slices.Concat(p.Schemes, p.Demand.Also))
	}
	if p.Latency != nil {
		lists = append(lists, slices.Concat(p.Schemes, p.Latency.Also))
	}
	for _, all := range lists {
		for i, name := range all {
			s, err := SchemeNamed(name)
			if err != nil {
				return err
			}
			if slices.Contains(all[:i], name) {
				return fmt.Errorf("schemes names %s twice", name)
			}
			if room := s.Room(); room > 0 && s.Shown == 1 && p.Users > room {
				return fmt.Errorf("a replica of %s remembers %d logins, but the plan has %d users: it would not know most of them",
					name, room, p.Users)
			}
		}
	}
	return nil
}

func (d *Demand) check() error {
	if d == nil {
		return nil
	}
	if d.Launches > 0 && d.Restarts > 0 {
		return errors.New("demand has both launches and restarts: give launches alone")
	}
	if n := d.Starts(); n < 1 || n > MostStarts || d.Rounds < n {
		return fmt.Errorf("demand needs launches from 1 to %d and at least as many rounds, not %d and %d", MostStarts,
			n, d.Rounds)
	}
	return checkLoad("demand", d.Slice, d.Rounds, d.Connections)
}

func (t *Tiers) check() error {
	if t == nil {
		return nil
	}
	return checkLoad("tiers", t.Slice, t.Rounds, t.Connections)
}

func (l *Latency) check() error {
	if l == nil {
		return nil
	}
	if l.Arrivals == "" {
		l.Arrivals = Poisson
	}
	switch {
	case l.Replicas < 1 || l.Replicas > 64:
		return fmt.Errorf("latency.replicas must be between 1 and 64, not %d", l.Replicas)
	case len(l.Rates) == 0:
		return errors.New("latency.rates is empty: name at least one, in requests a second")
	case l.Samples < 1 || l.Samples > mostSamples:
		return fmt.Errorf("latency.samples must be between 1 and %d, not %d", mostSamples, l.Samples)
	case l.Arrivals != Poisson && l.Arrivals != Constant:
		return fmt.Errorf("latency.arrivals must be poisson or constant, not %q", l.Arrivals)
	}
	return first(checkRates("latency", l.Rates), checkLoad("latency", l.Slice, 1, 1))
}

// The most that a plan may ask for: far more than any real plan has, and small enough that sums do not overflow.
const (
	MostUsers       = 1_000_000
	mostRounds      = 100_000
	MostStarts      = 1_000
	MostConnections = 1_024
	mostSamples     = 100_000_000
	mostCores       = 1_024
	longest         = 365 * 24 * time.Hour
)

// first returns the first of several mistakes: a reader can use one sentence at a time.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// within reports whether v lies between low and high, both included. It is false for NaN.
func within(v, low, high float64) bool { return v >= low && v <= high }

// checkRates refuses rates that cannot be sent, and a rate that occurs twice.
func checkRates(part string, rates []float64) error {
	for i, rate := range rates {
		if !within(rate, 0.1, 100_000) {
			return fmt.Errorf("%s.rates must be requests a second between 0.1 and 100000, not %v", part, rates)
		}
		if slices.Contains(rates[:i], rate) {
			return fmt.Errorf("%s.rates has %g twice", part, rate)
		}
	}
	return nil
}

func checkLoad(part string, slice time.Duration, rounds, connections int) error {
	switch {
	case slice < 10*time.Millisecond || slice > time.Minute:
		return fmt.Errorf("%s.slice must be between 10ms and 1m, not %v", part, slice)
	case rounds < 1 || rounds > mostRounds:
		return fmt.Errorf("%s.rounds must be between 1 and %d, not %d", part, mostRounds, rounds)
	case connections < 1 || connections > MostConnections:
		return fmt.Errorf("%s.connections must be between 1 and %d, not %d", part, MostConnections, connections)
	}
	return nil
}

func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
