package run

import (
	"errors"
	"testing"
)

// resting is a process that notes whether it runs.
type resting struct {
	stopped bool
	fails   error
}

func (r *resting) Pause() error  { r.stopped = true; return r.fails }
func (r *resting) Resume() error { r.stopped = false; return r.fails }

// restingTurns visits each of n deployments once a round, and a launch a round.
func restingTurns(deployments, launches, rounds int) *turns {
	t := &turns{all: map[process]stoppable{}, stopped: map[process]bool{}}
	for round := range rounds {
		for i := range deployments {
			t.visits = append(t.visits, process{i, round % launches})
		}
	}
	for _, p := range t.visits {
		if t.all[p] == nil {
			t.all[p] = &resting{}
		}
	}
	return t
}

// TestTurns: the visited process and those of the next visits run, nothing else does, and all of them do in the end.
func TestTurns(t *testing.T) {
	for _, c := range []struct{ deployments, launches, rounds int }{{9, 8, 16}, {6, 6, 12}, {3, 2, 4}, {1, 1, 3}} {
		turns := restingTurns(c.deployments, c.launches, c.rounds)
		for i := range turns.visits {
			if err := turns.begin(i); err != nil {
				t.Fatal(err)
			}
			want := map[process]bool{}
			for j := i; j <= i+ahead && j < len(turns.visits); j++ {
				want[turns.visits[j]] = true
			}
			for p, s := range turns.all {
				if runs := !s.(*resting).stopped; runs != want[p] {
					t.Errorf("%+v, visit %d: that %+v runs is %v", c, i, p, runs)
				}
			}
		}
		if err := turns.end(); err != nil {
			t.Fatal(err)
		}
		for p, s := range turns.all {
			if s.(*resting).stopped {
				t.Errorf("%+v: %+v still rests in the end", c, p)
			}
		}
	}
}

func TestALaunchThatCannotBeStopped(t *testing.T) {
	turns := restingTurns(1, 8, 8)
	gone := errors.New("replica-7 has ended")
	turns.all[process{0, 7}].(*resting).fails = gone
	if err := turns.begin(0); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}
