package incident

import (
	"context"
	"fmt"
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
	default:
		return p.asked(ctx, s)
	}
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

// anew asks whether every part is another process than before.
func (p Proof) anew(s servers, before map[string]string) Evidence {
	e := Evidence{Of: p.Anew, Held: len(before) > 0}
	var was, is []string
	for i := range len(before) {
		part := replica(i)
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
