package run

import (
	"slices"
	"strings"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// learned is what things cost in this run. The next run predicts its duration and chooses its budgets from it.
type learned struct {
	signIn, fill, start          []time.Duration
	hop, drain                   []time.Duration
	replica, balancer, generator []time.Duration
	last                         record.Slice  // the last slice
	warmup                       time.Duration // of slices under budgets
}

// control records what a request of the control cost under a budget.
func (l *learned) control(row record.Slice) {
	if row.Scheme != plan.Control || row.Served == 0 {
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

// slice records how long the previous slice took beyond its window, until row began.
func (l *learned) slice(row record.Slice) {
	last := l.last
	l.last = row
	beyond := row.Start.Sub(last.Start) - last.Window
	switch {
	case last.Kind != row.Kind || row.Place == 0:
		// Other work happens between stages and rounds.
	case row.Kind == plan.ScalingCell || row.Kind == plan.RelievedCell:
		l.drain = append(l.drain, beyond-l.warmup)
	case row.Kind == plan.DemandCell && row.Budgets == nil:
		l.hop = append(l.hop, beyond)
	}
}

// costs returns before with its figures replaced by the medians that this run learned.
func (l *learned) costs(before plan.Costs) plan.Costs {
	for into, seen := range map[*time.Duration][]time.Duration{
		&before.SignIn: l.signIn, &before.Fill: l.fill, &before.Start: l.start, &before.Hop: l.hop, &before.Drain: l.drain,
		&before.Replica: l.replica, &before.Balancer: l.balancer, &before.Generator: l.generator,
	} {
		if len(seen) > 0 {
			slices.Sort(seen)
			*into = seen[len(seen)/2]
		}
	}
	return before
}
