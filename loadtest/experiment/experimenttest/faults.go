package experimenttest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/record"
)

// state is what was done to the parts of the servers, and which users have logged out.
type state struct {
	parts map[string]string // "" runs
	began map[string]int    // how often a part was started again
	left  map[int]bool
	away  time.Duration
	held  bool // the accounts
	skews map[string]time.Duration
}

// Stream answers every request at once: 401 to users who have logged out, 503 to all while the store does not run.
func (a *servers) Stream(ctx context.Context, s experiment.Stream) (connections int, err error) {
	if err := a.bench.step("Stream"); err != nil {
		return 0, err
	}
	a.bench.mu.Lock()
	late := slices.Contains(a.bench.Late, a.bench.Took["Stream"])
	a.bench.mu.Unlock()
	gap := time.Duration(float64(time.Second) / s.Rate)
	for seq := range int(s.Longest / gap) {
		at := time.Duration(seq+1) * gap
		select {
		case <-s.Until:
			return 1, nil
		case <-ctx.Done():
			return 1, context.Cause(ctx)
		case <-time.After(gap):
		}
		sent := at
		if late || a.bench.InTime > 0 && s.Rate > a.bench.InTime {
			sent += time.Second
		}
		who := s.Who(seq)
		s.Each(experiment.Answer{Who: who, Due: at, Sent: sent, Took: time.Millisecond, Verdict: a.verdict(who)})
	}
	return 1, nil
}

func (a *servers) verdict(who int) record.Verdict {
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	switch {
	case a.stateless:
		return record.OK
	case a.parts["store"] != "":
		return "status-503"
	case a.left[who]:
		return record.Unauthenticated
	default:
		return record.OK
	}
}

// As logs a user out, unless the store does not run.
func (a *servers) As(_ context.Context, user int, request string) (int, error) {
	if err := a.bench.step("As"); err != nil {
		return 0, err
	}
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	if a.parts["store"] != "" {
		return http.StatusServiceUnavailable, nil
	}
	a.left[user] = a.left[user] || strings.HasSuffix(request, "/logout")
	return http.StatusNoContent, nil
}

func (a *servers) Enter(context.Context, int) int {
	if a.bench.step("Enter") != nil {
		return 0
	}
	return http.StatusOK
}

// Tabs stay logged in.
func (a *servers) Tabs(_ context.Context, _, n int) (experiment.Tabs, error) {
	return experiment.Tabs{Tried: n, Together: n, In: n, Listed: true}, a.bench.step("Tabs")
}

// Overtake refuses what is late.
func (a *servers) Overtake(context.Context, int) (experiment.Overtaken, error) {
	return experiment.Overtaken{Tried: 2, Begun: 2, Refused: 2}, a.bench.step("Overtake")
}

// becomes changes a part.
func (a *servers) becomes(step, part, is string) error {
	if err := a.bench.step(step); err != nil {
		return err
	}
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	a.parts[part] = is
	return nil
}

func (a *servers) Kill(part string) error { return a.becomes("Kill", part, "gone") }

func (a *servers) Quit(_ context.Context, part string) error { return a.becomes("Quit", part, "gone") }

func (a *servers) Pause(part string) error { return a.becomes("Pause", part, "paused") }

func (a *servers) Resume(part string) error { return a.becomes("Resume", part, "") }

func (a *servers) Restart(_ context.Context, part string) error {
	a.bench.mu.Lock()
	a.began[part]++
	a.bench.mu.Unlock()
	return a.becomes("Restart", part, "")
}

func (a *servers) Skew(ctx context.Context, part string, by time.Duration) error {
	if err := a.Restart(ctx, part); err != nil {
		return err
	}
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	a.skews[part] = by
	return nil
}

func (a *servers) Skewed(_ context.Context, part string) (time.Duration, error) {
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	return a.skews[part], nil
}

func (a *servers) State(part string) (string, error) {
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	if is := a.parts[part]; is != "" {
		return is, nil
	}
	return "runs", nil
}

func (a *servers) Process(part string) (string, error) {
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	return strings.Repeat(part, 1+a.began[part]), nil
}

// AskStore says nothing but yes.
func (a *servers) AskStore(context.Context, ...string) (string, error) {
	return "OK", a.bench.step("AskStore")
}

func (a *servers) DelayStore(roundTrip time.Duration) error {
	a.away = roundTrip
	return a.bench.step("DelayStore")
}

func (a *servers) StoreRoundTrip(context.Context) (time.Duration, error) { return a.away, nil }

func (a *servers) Disturb(experiment.Disturbance) error { return a.bench.step("Disturb") }

func (a *servers) Disturbed() experiment.Disturbed {
	return experiment.Disturbed{Resets: 1, Silent: 1, Swallowed: 1}
}

// RelayLate is that of a relay which is in time.
func (a *servers) RelayLate() time.Duration { return time.Millisecond }

func (a *servers) Follow(context.Context) error   { return a.bench.step("Follow") }
func (a *servers) FailOver(context.Context) error { return a.bench.step("FailOver") }
func (a *servers) Demote(context.Context) error   { return a.bench.step("Demote") }

func (a *servers) OldMaster(context.Context) (role string, clients int, err error) {
	return "role:master", 2, nil
}

func (a *servers) Rotate(string) error { return a.bench.step("Rotate") }

func (a *servers) LockAccounts(context.Context) error {
	a.held = true
	return a.bench.step("LockAccounts")
}

func (a *servers) UnlockAccounts() error {
	a.held = false
	return a.bench.step("UnlockAccounts")
}

func (a *servers) AccountsLocked() (bool, error) { return a.held, nil }

func (a *servers) Ready(context.Context, int) bool {
	a.bench.mu.Lock()
	defer a.bench.mu.Unlock()
	return a.stateless || a.parts["store"] == ""
}

func (a *servers) Vitals(context.Context) (experiment.Vitals, error) {
	a.bench.mu.Lock()
	gone := 0
	for _, is := range a.parts {
		if slices.Contains([]string{"gone", "paused"}, is) {
			gone++
		}
	}
	a.bench.mu.Unlock()
	return experiment.Vitals{Processes: a.replicas + 2 - gone, Goroutines: 50, Files: 50}, a.bench.step("Vitals")
}
