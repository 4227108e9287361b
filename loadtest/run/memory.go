package run

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// collectOften has the replicas' collectors run whenever the heap has grown by a twentieth, without the ballast that elsewhere keeps
// their pace alike: what the last collection found alive is then what is alive, within that.
const collectOften = 5

// memory signs more and more users in at every row, and reads what its replica and its store hold.
func (r *Run) memory(ctx context.Context) error {
	for start := range r.plan.Memory.Starts {
		for _, s := range r.plan.MemoryArms() {
			if err := r.fill(ctx, s, start); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill reads one row at one start of its servers.
func (r *Run) fill(ctx context.Context, s plan.Scheme, start int) error {
	sizes := r.plan.Memory.Logins
	began := time.Now()
	s.Flags = append(s.Flags[:len(s.Flags):len(s.Flags)], "--ballast=0")
	a, down, err := r.standOne(ctx, s, cluster.Spec{Replicas: 1, Users: sizes[len(sizes)-1], Collect: collectOften})
	if err != nil {
		return err
	}
	defer down()
	var all []credential.Credential
	for _, n := range sizes {
		r.progress.Doing(fmt.Sprintf("signing in up to %d users at %s", n, s.Name))
		more, err := credential.SignIn(ctx, credential.Config{
			Base: a.cluster.Direct(0), Scheme: s, First: len(all), Users: n - len(all), Key: r.lab.LoadKey(), Nonce: a.cluster.Nonce(),
		})
		if err != nil {
			return fmt.Errorf("signing in at %s: %w", s.Name, err)
		}
		all = append(all, more...)
		f, err := r.footprint(ctx, a, all)
		if err != nil {
			return err
		}
		f.Start = start
		if err := r.folder.Footprint(f); err != nil {
			return err
		}
		r.measured++
	}
	r.learned.fill = append(r.learned.fill,
		(time.Since(began)-time.Duration(len(sizes))*plan.Pause)/time.Duration(len(all)))
	return nil
}

// footprint uses every login until the collector has seen which of them are held, and reads what is.
func (r *Run) footprint(ctx context.Context, a *arm, all []credential.Credential) (f record.Footprint, err error) {
	t, err := load.NewTarget(a.cluster.Direct(0), "/v1/me", a.cluster.Nonce(), 0, 1, all, r.plan.Seed)
	if err != nil {
		return f, err
	}
	defer t.Close()
	var asked, known uint64
	for served := uint64(0); served < uint64(len(all)) && ctx.Err() == nil; { // the target goes through them in turn
		row, err := load.Closed(ctx, record.Cell{Arm: a.scheme.Name, Replicas: 1}, t, load.ClosedOptions{Connections: 16, Window: plan.Pause})
		if err != nil {
			return f, err
		}
		served, asked, known = served+row.Served, asked+row.Sent, known+row.Verdicts[record.OK]
	}
	counters, err := load.Scrape(ctx, a.cluster.Direct(0))
	if err != nil {
		return f, err
	}
	reading, err := a.cluster.Replica(0).Read()
	if err != nil {
		return f, err
	}
	f = record.Footprint{
		Arm: a.scheme.Name, Nonce: a.cluster.Nonce(), Logins: len(all), LiveHeap: counters.LiveHeap, Resident: reading.Resident,
		Asked: asked, Known: known,
	}
	if s := a.cluster.Store(); s != nil {
		held, told, err := s.Memory()
		if err != nil {
			return f, err
		}
		if told {
			f.Store = &held
		}
	}
	return f, ctx.Err()
}
