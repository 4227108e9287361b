package lesson_test

import (
	"testing"

	"authlab/loadtest/demo/lesson"
)

// TestMillisecondsDecideNoBet: where both sides hear of a logout, a copy may still work for some milliseconds on either
// side, or on none. That is chance, so the answer to the bet is the same. A copy that works for longer changes it.
func TestMillisecondsDecideNoBet(t *testing.T) {
	counted := func(worked int, seconds float64) *lesson.Evidence {
		return &lesson.Evidence{Clock: &lesson.Clock{Asked: worked + 1, Worked: worked, Seconds: seconds}}
	}
	atOnce, late, long := counted(0, 0), counted(2, 0.04), counted(60, 1.2)
	for _, where := range []struct {
		scene string
		step  int
	}{{"revocation", 2}, {"near", 2}} {
		scene, _ := lesson.Named(where.scene)
		bet := scene.Steps[where.step].Bet
		for _, c := range []struct {
			left, right *lesson.Evidence
			want        string
		}{
			{atOnce, atOnce, "neither"},
			{atOnce, late, "neither"},
			{late, atOnce, "neither"},
			{late, late, "neither"},
			{long, late, "left"},
			{atOnce, long, "right"},
			{long, long, "both"},
		} {
			if got := lesson.Won(bet, c.left, c.right); got != c.want {
				t.Errorf("%s: a copy works for %g s and %g s, and %q is the answer, want %q",
					where.scene, c.left.Clock.Seconds, c.right.Clock.Seconds, got, c.want)
			}
		}
	}
}
