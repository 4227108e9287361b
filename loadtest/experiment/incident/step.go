package incident

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/experiment"
)

// Act is what a step does.
type Act string

// The acts.
const (
	Kill    Act = "kill"
	Quit    Act = "quit"
	Pause   Act = "pause"
	Resume  Act = "resume"
	Restart Act = "restart"
	Ask     Act = "ask"   // the store, as an operator
	Delay   Act = "delay" // the store, by a round trip
)

// Step is one step of breaking or repairing.
type Step struct {
	Do   Act
	Part string   // "store", or "replica-0" and so on
	Ask  []string // the command
	By   time.Duration
}

// each is the part of steps that are done at one replica after the other.
const each = "replica-each"

// Proof is what the broken part itself must say.
type Proof struct {
	Part  string // whose State the system must call so
	State string
	Ask   []string // a command to the store, whose answer or refusal must contain Has, and must not contain Lacks
	Has   string
	Lacks string
}

// Evidence is a proof with what was seen.
type Evidence struct {
	Of   string `json:"of"`
	Want string `json:"want"`
	Saw  string `json:"saw"`
	Held bool   `json:"held"`
}

// servers are what a kind needs that breaks servers.
type servers interface {
	experiment.Servers
	experiment.Streamed
	experiment.Personal
	experiment.Breakable
	experiment.Askable
	experiment.Watched
}

// takes takes the steps in their order. Steps at each replica are taken together at one replica before the next.
func takes(ctx context.Context, s servers, steps []Step, replicas int) error {
	var rolling []Step
	for _, step := range steps {
		if step.Part == each {
			rolling = append(rolling, step)
		}
	}
	for _, step := range steps {
		if step.Part == each {
			continue
		}
		if err := step.take(ctx, s); err != nil {
			return err
		}
	}
	for i := range replicas {
		for _, step := range rolling {
			step.Part = "replica-" + strconv.Itoa(i)
			if err := step.take(ctx, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t Step) take(ctx context.Context, s servers) (err error) {
	switch t.Do {
	case Kill:
		return s.Kill(t.Part)
	case Quit:
		return s.Quit(ctx, t.Part)
	case Pause:
		return s.Pause(t.Part)
	case Resume:
		return s.Resume(t.Part)
	case Restart:
		return s.Restart(ctx, t.Part)
	case Ask:
		_, err = s.AskStore(ctx, t.Ask...)
		return err
	case Delay:
		return s.DelayStore(t.By)
	default:
		return fmt.Errorf("no step is called %q", t.Do)
	}
}

// see looks whether a proof holds. Killed processes take a moment to be gone.
func (p Proof) see(ctx context.Context, s servers) Evidence {
	e := Evidence{Of: p.Part, Want: p.State}
	if p.Part != "" {
		for range 40 {
			e.Saw, _ = s.State(p.Part) // "" is no proof
			if e.Held = e.Saw == p.State; e.Held {
				return e
			}
			time.Sleep(5 * time.Millisecond)
		}
		return e
	}
	e.Of, e.Want = strings.Join(p.Ask, " "), p.Has
	if p.Lacks != "" {
		e.Want = "not " + p.Lacks
	}
	answer, err := s.AskStore(ctx, p.Ask...)
	if err != nil {
		answer = err.Error()
	}
	e.Held = strings.Contains(answer, p.Has) && (p.Lacks == "" || err == nil && !strings.Contains(answer, p.Lacks))
	e.Saw = told(answer, p)
	return e
}

// told is the line of an answer that a proof is about.
func told(answer string, p Proof) string {
	field, _, _ := strings.Cut(p.Has+p.Lacks, ":")
	for line := range strings.Lines(answer) {
		if strings.Contains(line, field) {
			return strings.TrimSpace(line)
		}
	}
	first, _, _ := strings.Cut(answer, "\n")
	return strings.TrimSpace(first)
}
