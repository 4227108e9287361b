package run

import "errors"

// turns stops the processes that are not visited soon. An idle server still looks at its clock, asks its store whether
// it is the master and sweeps what has expired, which takes up to 0.5 % of a core. With eight launches of nine schemes
// the measured process had 92 % of its core. With two launches of each awake, half of its slices had less than 95 %.
type turns struct {
	visits  []process // in the order of the run
	all     map[process]stoppable
	stopped map[process]bool
}

// process is a launch of a deployment.
type process struct{ deployment, launch int }

// stoppable is a process that can rest.
type stoppable interface {
	Pause() error
	Resume() error
}

// ahead is how many visits before its own a process wakes: at 50 ms and more a visit, late news of its store has
// arrived by then, which a replica that polls waits for up to 250 ms.
const ahead = 5

func newTurns(deployments []*deployment, launches int, visits []process) *turns {
	t := &turns{visits: visits, all: map[process]stoppable{}, stopped: map[process]bool{}}
	for i, d := range deployments {
		for launch := range launches {
			t.all[process{i, launch}] = d.cluster.Replica(launch)
		}
	}
	return t
}

// begin makes it the turn of a visit.
func (t *turns) begin(visit int) error {
	awake := map[process]bool{}
	for _, p := range t.visits[visit:min(visit+ahead+1, len(t.visits))] {
		awake[p] = true
	}
	for p := range t.all {
		if err := t.set(p, !awake[p]); err != nil {
			return err
		}
	}
	return nil
}

// end lets all of them run.
func (t *turns) end() error {
	var errs []error
	for p := range t.all {
		errs = append(errs, t.set(p, false))
	}
	return errors.Join(errs...)
}

func (t *turns) set(p process, stopped bool) error {
	if t.stopped[p] == stopped {
		return nil
	}
	t.stopped[p] = stopped
	if stopped {
		return t.all[p].Pause()
	}
	return t.all[p].Resume()
}
