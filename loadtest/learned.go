package main

import (
	"slices"
	"strings"
	"time"

	"authlab/loadtest/load"
	"authlab/loadtest/plan"
)

// learned is what a run saw things cost: the next run's prediction of its duration and choice of its budgets.
type learned struct {
	signIn, start, hop           []time.Duration
	replica, balancer, generator []time.Duration
	last                         time.Time // when the last slice ended
}

// control takes what a request of the control cost under a budget.
func (l *learned) control(row load.Row) {
	if row.Arm != plan.Control || row.Served == 0 {
		return
	}
	var replicas time.Duration
	for name, use := range row.Use {
		each := use.CPU / time.Duration(row.Served)
		switch {
		case strings.HasPrefix(name, "replica-"):
			replicas += each
		case name == "balancer":
			l.balancer = append(l.balancer, each)
		case name == "generator":
			l.generator = append(l.generator, each)
		}
	}
	l.replica = append(l.replica, replicas)
}

// slice takes how long passed between two slices of one stage.
func (l *learned) slice(row load.Row) {
	if gap := row.Start.Sub(l.last); !l.last.IsZero() && gap < time.Second {
		l.hop = append(l.hop, gap)
	}
	l.last = row.Start.Add(row.Elapsed)
}

// costs is before with what was learned in its place.
func (l *learned) costs(before plan.Costs) plan.Costs {
	for into, seen := range map[*time.Duration][]time.Duration{
		&before.SignIn: l.signIn, &before.Start: l.start, &before.Hop: l.hop,
		&before.Replica: l.replica, &before.Balancer: l.balancer, &before.Generator: l.generator,
	} {
		if len(seen) > 0 {
			slices.Sort(seen)
			*into = seen[len(seen)/2]
		}
	}
	return before
}
