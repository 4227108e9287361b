package demo_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/process"
	"authlab/loadtest/demo"
	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/stand"
	"authlab/loadtest/message"
)

// playable skips a scene that cannot be played here. Root has what the race needs. How much it then shows depends on
// what else the machine does, so only make lesson-test holds it to that.
func playable(t *testing.T, s *stand.Stand, scene lesson.Scene) {
	t.Helper()
	for _, c := range scene.Columns {
		switch lacks := s.Lacks(t.Context(), c.Setting); {
		case !lacks.IsZero() && os.Getenv("CI") == "true" && os.Geteuid() == 0:
			t.Fatalf("missing here, where everything must be present: %s", lacks)
		case !lacks.IsZero():
			t.Skip(lacks)
		case c.Setting.Race != nil && !*every:
			t.Skip("make lesson-test plays it, on a machine that does nothing else")
		}
	}
}

// TestTheRace: whatever else the machine does, every number of replicas answers rightly, and the costs are known before
// the race. On a busy machine a replica may be too late for a lap. The terminal shows what was measured.
func TestTheRace(t *testing.T) {
	s := open(t)
	scene, _ := lesson.Named("race")
	for _, c := range scene.Columns {
		if lacks := s.Lacks(t.Context(), c.Setting); !lacks.IsZero() {
			t.Skip(lacks)
		}
	}
	w, err := lesson.Open(t.Context(), s, scene, lesson.NewBrowser())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Step(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	live := [2]int{}
	found, err := w.Step(t.Context(), func(side lesson.Side, e *lesson.Evidence) {
		if e.Race != nil {
			live[side] = max(live[side], len(e.Race.Laps))
		}
	})
	t.Logf("held to what it should show: %v", err)
	for side, e := range found {
		if e == nil || e.Race == nil || len(e.Race.Laps) != 12 || live[side] != 12 {
			t.Fatalf("side %d: the race has no end: %+v, told while it ran: %d laps", side, e, live[side])
		}
		for _, l := range e.Race.Laps {
			if l.Answered == 0 || l.Answered > l.Replicas || l.PerSecond == 0 || l.Replica == 0 {
				t.Errorf("side %d: %+v", side, l)
			}
		}
		if never := math.IsInf(e.Race.Cost.Crossover(), 1); never != (side == int(lesson.Right)) {
			t.Errorf("side %d: by the model the store is the limit from %v replicas on", side, e.Race.Cost.Crossover())
		}
	}
	crowd := int(scene.Columns[lesson.Left].Setting.Race.Users)
	if s := found[lesson.Left].Store; s.Overheard || !s.Loaded || len(s.Keys)+s.More < crowd {
		t.Errorf("overheard: %v, loaded: %v, keys: %d and %d more", s.Overheard, s.Loaded, len(s.Keys), s.More)
	}
}

// TestTheRaceInATerminal: the terminal prints a line for each number of replicas.
func TestTheRaceInATerminal(t *testing.T) {
	s := open(t)
	scene, _ := lesson.Named("race")
	playable(t, s, scene)
	patiently(t, func() error {
		var out bytes.Buffer
		err := demo.Plain{
			Stand: s, Courier: lesson.NewBrowser(), Language: message.English, Root: "../..", From: "race",
			In: strings.NewReader("2\n3\n"), Out: &out,
		}.Play(t.Context())
		for _, want := range []string{"replicas: 1, right answers a second: ", "replicas: 8, right", "Redis used "} {
			if err == nil && !strings.Contains(out.String(), want) {
				t.Errorf("it did not print %q:\n%s", want, out.String())
			}
		}
		return err
	})
}

// withoutBudgets is this machine for a user who may not make control groups.
type withoutBudgets struct{ process.Platform }

const noBudgets = "there are no CPU budgets for this user: run as root"

func (p withoutBudgets) Open(ctx context.Context, l platform.Lab) (platform.Place, error) {
	place, err := p.Platform.Open(ctx, l)
	return unlimited{place}, err
}

type unlimited struct{ platform.Place }

func (unlimited) Budgets() platform.Mechanism {
	return platform.Mechanism{Name: "none", Why: noBudgets}
}

// TestTheRaceNeedsBudgets: where they cannot be had, the scene says so in a sentence, and shows nothing.
func TestTheRaceNeedsBudgets(t *testing.T) {
	s := openOn(t, withoutBudgets{})
	p := player.New(t.Context(), s, lesson.NewBrowser())
	t.Cleanup(p.Close)
	if err := p.Go("race", 0); err != nil {
		t.Fatal(err)
	}
	for {
		state, changed := p.State()
		if state.Phase != player.Building {
			if state.Phase != player.Lacking || !slices.Equal(message.Texts(state.Failures), []string{noBudgets}) {
				t.Errorf("the race is %s: %s", state.Phase, state.Failures)
			}
			break
		}
		<-changed
	}
	err := demo.Plain{Stand: s, From: "race", In: strings.NewReader(""), Out: &bytes.Buffer{}}.Play(t.Context())
	if err == nil || !strings.Contains(err.Error(), noBudgets) {
		t.Errorf("the terminal says %v", err)
	}
}

// openOn opens a stand on a platform.
func openOn(t *testing.T, on platform.Platform) *stand.Stand {
	t.Helper()
	if testing.Short() {
		t.Skip("the lesson's servers are left out with -short")
	}
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	needs(t, "redis-server", "haproxy")
	s, err := stand.Open(t.Context(), stand.Config{
		Platform: on, BinDir: bin, Lock: "@authlab-test-" + claim.NewNonce(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the stand: %v", err)
		}
	})
	return s
}
