package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/demo/stand"
	"authlab/loadtest/message"
)

// Recorder plays a lesson and records it.
type Recorder struct {
	Stand   *stand.Stand
	Courier lesson.Courier
	Root    string         // the repository
	Scenes  []lesson.Scene // nil is all of them
	Out     io.Writer      // is told of every scene
}

const (
	// recordEvery is how often what a running step shows is recorded at most.
	recordEvery = 250 * time.Millisecond
	// recordTries is how often a scene may be played until it goes as it must: see the tests of the lesson.
	recordTries = 4
)

// Record plays the scenes, and writes the page of the recording into a folder.
func (r Recorder) Record(ctx context.Context, dir string) error {
	play := player.New(ctx, r.Stand, r.Courier)
	defer play.Close()
	recording := show.NewRecording(r.Root, time.Now())
	scenes := r.Scenes
	if scenes == nil {
		scenes = lesson.Scenes
	}
	for _, s := range scenes {
		first := recording.Len()
		var err error
		for range recordTries {
			recording.Drop(first)
			if err = r.scene(ctx, play, recording, s); err == nil || ctx.Err() != nil {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("scene %s cannot be recorded: %w", s.Name, err)
		}
		fmt.Fprintln(r.Out, s.Name)
	}
	return recording.Write(dir)
}

// scene records the steps of a scene, one after the other.
func (r Recorder) scene(ctx context.Context, play *player.Player, to *show.Recording, s lesson.Scene) error {
	for step := range s.Steps {
		if err := play.Go(s.Name, step); err != nil {
			return err
		}
		state, err := until(ctx, play, player.Ready, func(player.State) {})
		if err != nil {
			return err
		}
		recorded := to.Step(s, step)
		recorded.See(state)
		last := time.Time{}
		if err := play.Run(); err != nil {
			return err
		}
		state, err = until(ctx, play, player.Shown, func(now player.State) {
			if time.Since(last) >= recordEvery {
				last = time.Now()
				recorded.See(now)
			}
		})
		if err != nil {
			return err
		}
		recorded.See(state)
	}
	return nil
}

// until waits until the lesson is in a phase, and sees each state before that.
func until(ctx context.Context, play *player.Player, phase player.Phase, see func(player.State)) (player.State, error) {
	for {
		state, changed := play.State()
		switch state.Phase {
		case phase:
			return state, nil
		case player.Failed:
			return state, fmt.Errorf("step %d: %s", state.Step+1, strings.Join(message.Texts(state.Failures), " "))
		}
		see(state)
		select {
		case <-changed:
		case <-ctx.Done():
			return state, context.Cause(ctx)
		}
	}
}
