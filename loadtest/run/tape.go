package run

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/record"
	"authlab/loadtest/tape"
)

// played is a tape as a kind of experiment sees it.
type played struct {
	of       *stood
	slice    record.Slice
	commands uint64
	player   *tape.Player // nil: nothing is on the tape
}

// Asked implements experiment.Servers.
func (s *stood) Asked(ctx context.Context) (record.Asked, error) {
	store := s.deployment.cluster.Store()
	if store == nil {
		return record.Asked{}, experiment.Unable{Why: message.New("unable.foreign-store")}
	}
	a, counted, err := store.Asked(ctx)
	if err == nil && !counted {
		err = experiment.Unable{Why: message.New("unable.uncounted")}
	}
	return a, err
}

// Tape implements experiment.Servers.
func (s *stood) Tape(ctx context.Context, connections int, window time.Duration, lanes int) (experiment.Tape, error) {
	if s.deployment.scheme.Tracking {
		return nil, experiment.Unable{Why: message.New("unable.tracking")}
	}
	if _, err := s.Asked(ctx); err != nil {
		return nil, err
	}
	p := &played{of: s}
	dial := s.deployment.cluster.Store().Connect
	t, err := tape.Record(ctx, dial, func() (requests uint64, err error) {
		p.slice, err = s.Saturate(ctx, connections, window)
		return p.slice.Served, err
	})
	if err != nil {
		return nil, fmt.Errorf("recording what %s asks its store: %w", s.deployment.scheme.Name, err)
	}
	if p.commands = t.Commands(); p.commands > 0 {
		if p.player, err = t.Player(ctx, dial, lanes); err != nil {
			return nil, err
		}
		s.players = append(s.players, p.player)
	}
	return p, nil
}

// Recorded implements experiment.Tape.
func (p *played) Recorded() (slice record.Slice, commands uint64) { return p.slice, p.commands }

// Play implements experiment.Tape. The store stays on the core where it is, which the generator leaves to it.
func (p *played) Play(ctx context.Context, depth float64, window time.Duration) (x experiment.Played, err error) {
	restore, err := cluster.PinAlone(p.of.run.cpus[:1])
	if err != nil {
		return x, err
	}
	defer restore()
	before, err := p.of.Asked(ctx)
	if err != nil {
		return x, err
	}
	_, cpu, err := p.of.Used()
	if err != nil {
		return x, err
	}
	began := time.Now()
	count, err := p.player.Play(ctx, min(max(depth, 1), tape.Deepest), window)
	if err = cmp.Or(err, context.Cause(ctx)); err != nil {
		return x, fmt.Errorf("playing what %s asks its store: %w", p.of.deployment.scheme.Name, err)
	}
	x.Elapsed, x.Commands, x.Failed = time.Since(began), count.Commands, count.Failed
	_, after, err := p.of.Used()
	if err != nil {
		return x, err
	}
	x.CPU = after - cpu
	now, err := p.of.Asked(ctx)
	x.Asked = now.Since(before)
	return x, err
}
