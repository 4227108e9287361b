package incident

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// see looks whether a proof holds. before are the processes as they were before the fault.
func (p Proof) see(ctx context.Context, s servers, before map[string]string) Evidence {
	switch {
	case p.Part != "":
		return p.state(ctx, s)
	case p.Anew != "":
		return p.anew(s, before)
	case p.Slower > 0:
		took, err := s.StoreRoundTrip(ctx)
		return Evidence{
			Of:   "round trip to the store",
			Want: ">= " + p.Slower.String(),
			Saw:  took.String(),
			Held: err == nil && took >= p.Slower,
		}
	case p.Skewed != 0:
		by, err := s.Skewed(ctx, p.Of)
		off := (by - p.Skewed).Abs()
		return Evidence{
			Of: "clock of " + p.Of, Want: p.Skewed.String(), Saw: by.Round(time.Millisecond).String(),
			Held: err == nil && off < time.Second,
		}
	case p.Locked:
		held, err := s.AccountsLocked()
		return Evidence{Of: "accounts", Want: "locked", Saw: fmt.Sprint("locked: ", held), Held: err == nil && held}
	case p.Uneven > 0:
		return p.uneven(ctx, s)
	case p.Reset:
		return lost(ctx, "connections that were reset", func() int64 { return int64(s.Disturbed().Resets) })
	case p.Mute:
		return lost(ctx, "bytes that were swallowed", func() int64 { return s.Disturbed().Swallowed })
	case p.Split:
		role, clients, err := s.OldMaster(ctx)
		return Evidence{
			Of: "old master", Want: "role:master, with clients", Saw: fmt.Sprintf("%s, with %d clients", role, clients),
			Held: err == nil && role == "role:master" && clients > 0,
		}
	default:
		return p.asked(ctx, s)
	}
}

// lost waits a little for what a network loses: a connection may be idle.
func lost(ctx context.Context, what string, count func() int64) Evidence {
	e := Evidence{Of: what, Want: "some"}
	for range 50 {
		n := count()
		e.Saw, e.Held = fmt.Sprint(n), n > 0
		if e.Held || sleep(ctx, 20*time.Millisecond) != nil {
			break
		}
	}
	return e
}

// uneven asks for several round trips, over some swings of the jitter.
func (p Proof) uneven(ctx context.Context, s servers) Evidence {
	e := Evidence{Of: "round trips to the store", Want: "differ by " + p.Uneven.String()}
	var all []time.Duration
	for len(all) < 40 && !e.Held {
		took, err := s.StoreRoundTrip(ctx)
		if err != nil || sleep(ctx, 10*time.Millisecond) != nil {
			return e
		}
		all = append(all, took)
		e.Saw = fmt.Sprintf("%v to %v", slices.Min(all), slices.Max(all))
		e.Held = slices.Max(all)-slices.Min(all) >= p.Uneven
	}
	return e
}

// state waits a little: a process that was killed takes a moment to be gone.
func (p Proof) state(ctx context.Context, s servers) Evidence {
	e := Evidence{Of: p.Part, Want: p.State}
	for range 40 {
		e.Saw, _ = s.State(p.Part) // "" is no proof
		if e.Held = e.Saw == p.State; e.Held || sleep(ctx, 5*time.Millisecond) != nil {
			return e
		}
	}
	return e
}

// anew asks whether a part, or every replica, is another process than before.
func (p Proof) anew(s servers, before map[string]string) Evidence {
	e := Evidence{Of: p.Anew, Held: len(before) > 0}
	var was, is []string
	parts := []string{p.Anew}
	if p.Anew == Rolling {
		parts = slices.Sorted(maps.Keys(before))
	}
	for _, part := range parts {
		now, err := s.Process(part)
		e.Held = e.Held && err == nil && now != "" && before[part] != "" && now != before[part]
		was, is = append(was, before[part]), append(is, now)
	}
	e.Want, e.Saw = "not process "+strings.Join(was, ", "), "process "+strings.Join(is, ", ")
	return e
}

// asked asks the store. A refusal is an answer too.
func (p Proof) asked(ctx context.Context, s servers) Evidence {
	e := Evidence{Of: strings.Join(p.Ask, " "), Want: p.Has}
	if p.Lacks != "" {
		e.Want = "not " + p.Lacks
	}
	answer, err := s.AskStore(ctx, p.Ask...)
	if err != nil {
		answer = err.Error()
	}
	e.Held = strings.Contains(answer, p.Has) &&
		(p.Lacks == "" || err == nil && !strings.Contains(answer, p.Lacks) && strings.Contains(answer, field(p.Lacks)))
	e.Saw = told(answer, p)
	return e
}

// field is the name before a colon.
func field(line string) string {
	name, _, _ := strings.Cut(line, ":")
	return name
}

// told is the line of an answer that a proof is about.
func told(answer string, p Proof) string {
	for line := range strings.Lines(answer) {
		if strings.Contains(line, field(p.Has+p.Lacks)) {
			return strings.TrimSpace(line)
		}
	}
	first, _, _ := strings.Cut(answer, "\n")
	return strings.TrimSpace(first)
}
