package run

import (
	"errors"
	"fmt"
	"testing"
)

// resting is a process that notes whether it runs.
type resting struct {
	stopped bool
	fails   error
}

func (r *resting) Pause() error  { r.stopped = true; return r.fails }
func (r *resting) Resume() error { r.stopped = false; return r.fails }

// runningOf lists the launches that run.
func runningOf(t *turns) (launches []int) {
	for launch, processes := range t.processes {
		for _, p := range processes {
			if !p.(*resting).stopped {
				launches = append(launches, launch)
			}
		}
	}
	return launches
}

func restingTurns(launches int) *turns {
	t := &turns{stopped: make([]bool, launches)}
	for range launches {
		t.processes = append(t.processes, []stoppable{&resting{}})
	}
	return t
}

// TestTurns: the visited launch and the next one run, and all of them do in the end.
func TestTurns(t *testing.T) {
	turns := restingTurns(4)
	for _, visit := range []struct {
		launch int
		want   string
	}{{0, "[0 1]"}, {1, "[1 2]"}, {2, "[2 3]"}, {3, "[0 3]"}, {0, "[0 1]"}} {
		if err := turns.begin(visit.launch); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(runningOf(turns)); got != visit.want {
			t.Errorf("while launch %d is visited %s run, want %s", visit.launch, got, visit.want)
		}
	}
	if err := turns.end(); err != nil || len(runningOf(turns)) != 4 {
		t.Errorf("in the end %v run, %v", runningOf(turns), err)
	}
	for _, launches := range []int{1, 2} {
		few := restingTurns(launches)
		if err := few.begin(0); err != nil || len(runningOf(few)) != launches {
			t.Errorf("of %d launches %v run, %v", launches, runningOf(few), err)
		}
	}
}

func TestALaunchThatCannotBeStopped(t *testing.T) {
	turns := restingTurns(3)
	gone := errors.New("replica-2 has ended")
	turns.processes[2][0].(*resting).fails = gone
	if err := turns.begin(0); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}
