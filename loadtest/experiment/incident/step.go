package incident

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"authlab/loadtest/experiment"
)

// Act is what a step does.
type Act string

// The acts.
const (
	Kill     Act = "kill"
	Quit     Act = "quit"
	Pause    Act = "pause"
	Resume   Act = "resume"
	Restart  Act = "restart"
	Ask      Act = "ask"       // the store, as an operator
	Delay    Act = "delay"     // the store, by a round trip
	Disturb  Act = "disturb"   // the network between the replicas and the store
	Follow   Act = "follow"    // has a second store follow the first
	FailOver Act = "fail over" // to the second; the old one is not told
	Demote   Act = "demote"    // the old one
	Skew     Act = "skew"      // starts a part again whose clock is wrong by By
	Rotate   Act = "rotate"    // the key that signs or seals, by the step that Part names
	Lock     Act = "lock"      // the accounts
	Unlock   Act = "unlock"
)

// Step is one step of breaking or repairing.
type Step struct {
	Do   Act
	Part string   // "store", or "replica-0" and so on
	Ask  []string // the command
	Net  experiment.Disturbance
	By   time.Duration
}

// Rolling, as a step's part, does it at one replica after the other. Steps of one run are done together at a replica
// before the next.
const Rolling = "each replica"

// Proof is what the broken part itself must say, or the system about it. One of its fields asks.
type Proof struct {
	Part  string // whose State the system must call so
	State string
	Anew  string   // a part that must be another process than before, or Rolling
	Ask   []string // a command to the store, whose answer or refusal must contain Has, and must not contain Lacks
	Has   string
	Lacks string
	// Slower is the least round trip to the store, from where the replicas are.
	Slower time.Duration
	Locked bool // the accounts
	// Uneven is the least difference between round trips to the store.
	Uneven time.Duration
	Reset  bool // connections to the store were reset
	Mute   bool // connections to the store swallowed bytes
	Split  bool // the old store takes itself for the master, and has clients
	// Skewed is by how much the clock of Of says to be wrong, to the second.
	Skewed time.Duration
	Of     string
}

// Evidence is a proof with what was seen.
type Evidence struct {
	Of   string `json:"of"`
	Want string `json:"want"`
	Saw  string `json:"saw"`
	Held bool   `json:"held"`
}

// servers are what this kind needs.
type servers = experiment.Faultable

// takes takes the steps in their order.
func takes(ctx context.Context, s servers, steps []Step, replicas int) error {
	for len(steps) > 0 {
		n := 0
		for n < len(steps) && steps[n].Part == Rolling {
			n++
		}
		if n == 0 {
			if err := steps[0].take(ctx, s); err != nil {
				return err
			}
			steps = steps[1:]
			continue
		}
		for i := range replicas {
			for _, step := range steps[:n] {
				step.Part = replica(i)
				if err := step.take(ctx, s); err != nil {
					return err
				}
			}
		}
		steps = steps[n:]
	}
	return nil
}

func replica(i int) string { return "replica-" + strconv.Itoa(i) }

func (t Step) take(ctx context.Context, s servers) (err error) {
	switch t.Do {
	case Kill:
		if err := s.Kill(t.Part); err != nil {
			return err
		}
		return gone(ctx, s, t.Part)
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
	case Disturb:
		return s.Disturb(t.Net)
	case Follow:
		return s.Follow(ctx)
	case FailOver:
		return s.FailOver(ctx)
	case Demote:
		return s.Demote(ctx)
	case Skew:
		return s.Skew(ctx, t.Part, t.By)
	case Rotate:
		return s.Rotate(t.Part)
	case Lock:
		return s.LockAccounts(ctx)
	case Unlock:
		return s.UnlockAccounts()
	default:
		return fmt.Errorf("no step is called %q", t.Do)
	}
}

// gone waits until the system says that a killed part is gone.
func gone(ctx context.Context, s servers, part string) error {
	for {
		is, err := s.State(part)
		if err != nil || is == "gone" {
			return err
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return fmt.Errorf("%s was killed and is not gone: %w", part, err)
		}
	}
}
