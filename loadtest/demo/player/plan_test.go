package player_test

import (
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
)

// TestPlan: a plan that there is becomes the lesson's, and any other changes nothing.
func TestPlan(t *testing.T) {
	p := player.Still(player.State{Scene: lesson.Scenes[0], Phase: player.Ready})
	t.Cleanup(p.Close)
	for _, c := range []struct {
		minutes, is int
		ok          bool
	}{{45, 45, true}, {60, 45, false}, {90, 90, true}, {-1, 90, false}, {0, 0, true}} {
		err := p.Plan(c.minutes)
		if state, _ := p.State(); (err == nil) != c.ok || state.Plan.Minutes != c.is || state.Phase != player.Ready {
			t.Errorf("%d: %v, the plan of %d minutes, %s", c.minutes, err, state.Plan.Minutes, state.Phase)
		}
	}
}
