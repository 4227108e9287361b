package demo_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/stand"
)

// curl is a Courier that runs the commands which the lesson shows, as a student would.
type curl struct{ ran atomic.Int64 }

func (c *curl) Carry(ctx context.Context, r lesson.Request) lesson.Answer {
	c.ran.Add(1)
	out, err := exec.CommandContext(ctx, "sh", "-c", r.Curl()).Output()
	if err != nil {
		return lesson.Answer{Failure: "curl: " + err.Error()}
	}
	head, body, _ := strings.Cut(string(out), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	words := strings.Fields(lines[0])
	if len(words) < 2 {
		return lesson.Answer{Failure: "curl printed " + lines[0]}
	}
	status, err := strconv.Atoi(words[1])
	if err != nil {
		return lesson.Answer{Failure: "curl printed " + lines[0]}
	}
	a := lesson.Answer{Status: status, Body: body}
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ": ")
		a.Headers = append(a.Headers, lesson.Header{Name: http.CanonicalHeaderKey(name), Value: value})
	}
	return a
}

// TestTheCommandsThatTheLessonShows: every scene, played with the curl commands that it shows, gets from the servers
// what it expects, and exactly one choice of each bet holds.
func TestTheCommandsThatTheLessonShows(t *testing.T) {
	s := open(t)
	needs(t, "curl")
	for _, scene := range lesson.Scenes {
		t.Run(scene.Name, func(t *testing.T) {
			playable(t, s, scene)
			commands := &curl{}
			patiently(t, func() error { return whole(t, s, scene, commands) })
			if commands.ran.Load() < int64(2*len(scene.Steps)) {
				t.Errorf("only %d commands ran", commands.ran.Load())
			}
		})
	}
}

// tries is how often a scene may be played until it goes as it must. Servers that a busy machine lets wait for a second
// refuse by 503, as they should; a mistake in a scene or a server fails every time.
const tries = 4

func patiently(t *testing.T, play func() error) {
	t.Helper()
	var err error
	for range tries {
		if err = play(); err == nil {
			return
		}
		t.Logf("once more: %v", err)
	}
	t.Error(err)
}

// whole plays a scene from its beginning to its end.
func whole(t *testing.T, s *stand.Stand, scene lesson.Scene, courier lesson.Courier) error {
	w, err := lesson.Open(t.Context(), s, scene, courier)
	if err != nil {
		return err
	}
	defer w.Close()
	for range scene.Steps {
		if err := step(t, w); err != nil {
			return err
		}
	}
	return nil
}

// directly does one step of a scene, without having seen those before it.
func directly(t *testing.T, s *stand.Stand, scene lesson.Scene, i int) error {
	w, err := lesson.Open(t.Context(), s, scene, lesson.NewBrowser())
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.Reach(t.Context(), i); err != nil {
		return err
	}
	return step(t, w)
}

// step does the next step, and holds it to what it must show.
func step(t *testing.T, w *lesson.World) error {
	step := w.Scene.Steps[w.Done()]
	found, err := w.Step(t.Context(), nil)
	if err != nil {
		return err
	}
	for _, side := range lesson.Sides {
		if store := found[side].Store; store != nil && !store.Silent && !store.Overheard {
			return fmt.Errorf("step %s: a real Redis that answers does not tell what it was asked", step.Name)
		}
	}
	var hold []string
	for _, c := range step.Bet {
		if c.Holds(found[lesson.Left], found[lesson.Right]) {
			hold = append(hold, c.Name)
		}
	}
	if len(step.Bet) > 0 && len(hold) != 1 {
		return fmt.Errorf("step %s: the choices that hold are %q, and should be one", step.Name, hold)
	}
	if step.Answer != "" && !slices.Contains(hold, step.Answer) {
		return fmt.Errorf("step %s: %q holds, and the teacher is told %s", step.Name, hold, step.Answer)
	}
	return nil
}

// every is for make lesson-test: all scenes take five minutes, most of which the lesson waits for something to expire.
var every = flag.Bool("every", false, "play all scenes, in the page too, and enter each of their steps")

// TestEveryStepDirectly: each step can be entered without the ones before it, and again right after it. Without -every
// it is tried with the steps of one scene.
func TestEveryStepDirectly(t *testing.T) {
	s := open(t)
	for _, scene := range lesson.Scenes {
		t.Run(scene.Name, func(t *testing.T) {
			if scene.Name != "demotion" && !*every {
				t.Skip("make lesson-test enters the steps of all scenes")
			}
			playable(t, s, scene)
			for i := range scene.Steps {
				for range 2 {
					patiently(t, func() error { return directly(t, s, scene, i) })
				}
			}
		})
	}
}
