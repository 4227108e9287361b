package cluster

import (
	"context"
	"strings"
	"sync"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// trials are the results of starting each private store once, before anything is measured. A part that does not start
// removes only the schemes that need it from a run.
type trials struct {
	mu   sync.Mutex
	lack map[bool]string // by whether it is PostgreSQL: why it does not start; "" if it does
}

// try starts the private store of a scheme, and ends it. Each store is tried once.
func (l *Lab) try(ctx context.Context, s plan.Scheme) (lack string) {
	if !s.Store || !s.Postgres && l.parts.storeProgram.Path == "" { // none, or an external one, which has already answered
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
	c := &Cluster{lab: l, spec: Spec{Name: name, Scheme: s}, label: name, nonce: l.nonce, fronts: map[Front]string{}}
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

// brief says in one line why a program did not start: the first line of the error, and the last line of its log.
func brief(err error) string {
	first, log, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	first = strings.TrimSuffix(first, "; the end of its log:")
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		first += ": " + last
	}
	return message.Shown(first)
}
