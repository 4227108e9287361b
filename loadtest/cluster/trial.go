package cluster

import (
	"context"
	"strings"
	"sync"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// trials are what came of starting each private store once, before anything is measured: a part that does not start
// takes the rows that need it out of a run, and not the others.
type trials struct {
	mu   sync.Mutex
	lack map[bool]string // by whether it is PostgreSQL: why it does not start, "" if it does
}

// try starts the private store of a row, and ends it. Each is tried once.
func (l *Lab) try(ctx context.Context, s plan.Scheme) (lack string) {
	if !s.Store || !s.Postgres && l.parts.storeProgram.Path == "" { // none, or an external one, which has answered already
		return ""
	}
	l.trials.mu.Lock()
	defer l.trials.mu.Unlock()
	if lack, tried := l.trials.lack[s.Postgres]; tried {
		return lack
	}
	name := "store-trial"
	if s.Postgres {
		name = "postgres-trial"
	}
	c := &Cluster{lab: l, spec: Spec{Arm: name, Scheme: s}, label: name, nonce: l.nonce, fronts: map[Front]string{}}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := c.startStore(ctx)
	c.Stop(context.WithoutCancel(ctx))
	if err != nil && ctx.Err() == nil {
		lack = brief(err)
	}
	if l.trials.lack == nil {
		l.trials.lack = map[bool]string{}
	}
	l.trials.lack[s.Postgres] = lack
	return lack
}

// brief is why a program did not start, in one line: the first, and the last that it logged.
func brief(err error) string {
	first, log, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	first = strings.TrimSuffix(first, "; the end of its log:")
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		first += ": " + last
	}
	return message.Shown(first)
}
