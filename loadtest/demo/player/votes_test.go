package player_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
)

// TestVotes: a voter has one vote, which may change until the step runs, and only choices of the present step count.
func TestVotes(t *testing.T) {
	scene, _ := lesson.Named("store-stops")
	p := player.Still(player.State{Scene: scene, Phase: player.Ready})
	defer p.Close()
	for _, v := range []struct {
		voter, scene string
		step         int
		choice       string
		want         error
	}{
		{"a", "store-stops", 0, "503-200", nil},
		{"a", "store-stops", 0, "503-200", nil}, // the same again
		{"b", "store-stops", 0, "503-200", nil},
		{"b", "store-stops", 0, "401-200", nil}, // another opinion
		{"c", "store-stops", 0, "none", player.ErrNotNow},
		{"c", "store-stops", 1, "200-200", player.ErrNotNow}, // the lesson is not there
		{"c", "store-stops", 99, "200-200", player.ErrNotNow},
		{"c", "login", 0, "200-200", player.ErrNotNow},
	} {
		if err := p.Vote(v.voter, v.scene, v.step, v.choice); !errors.Is(err, v.want) {
			t.Errorf("%s votes for %s at %s/%d: %v, want %v", v.voter, v.choice, v.scene, v.step, err, v.want)
		}
	}
	state, _ := p.State()
	if want := map[string]int{"503-200": 1, "401-200": 1}; !maps.Equal(state.Votes, want) || p.Voted("b") != "401-200" {
		t.Errorf("the votes are %v, want %v, and b voted for %q", state.Votes, want, p.Voted("b"))
	}
	running := player.Still(player.State{Scene: scene, Phase: player.Running})
	defer running.Close()
	if err := running.Vote("a", "store-stops", 0, "401-200"); !errors.Is(err, player.ErrNotNow) {
		t.Errorf("a vote while the step runs: %v", err)
	}
}

// TestVotersAreBounded: whoever makes up voters fills neither the memory nor the count.
func TestVotersAreBounded(t *testing.T) {
	scene, _ := lesson.Named("store-stops")
	p := player.Still(player.State{Scene: scene, Phase: player.Ready})
	defer p.Close()
	var err error
	for i := range 1000 {
		err = errors.Join(err, p.Vote(fmt.Sprint(i), "store-stops", 0, "503-200"))
	}
	if state, _ := p.State(); !errors.Is(err, player.ErrFull) || state.Votes["503-200"] != 500 {
		t.Errorf("%d votes were counted, and the error is %.40v", state.Votes["503-200"], err)
	}
	if err := p.Vote("7", "store-stops", 0, "401-200"); err != nil {
		t.Errorf("one who has voted cannot change the vote any more: %v", err)
	}
}
