package logins_test

import (
	"math"
	"testing"

	"authlab/loadtest/experiment/logins"
	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/stats"
)

const loggingIn = "name: mine\nschemes: [session-redis, token-hs256]\nusers: 100\nlogins: {starts: 6, logins: 100, " +
	"passwords: 8, rate: 200, storm: 4, window: 1s}\n"

// costly are CPU µs for a request.
var costly = map[string]float64{"session-redis": 60, "token-hs256": 52}

// found is what the kind finds in a run.
func found(run *measure.Run) []logins.Login {
	return logins.Kind.Analyse(&run.Run).(*logins.Findings).Logins
}

func TestLoginsFindTheTruth(t *testing.T) {
	all := found(measuretest.Lab{Plan: loggingIn, Seed: 1, Costs: costly}.Run())
	if len(all) != 2 {
		t.Fatalf("%d rows", len(all))
	}
	near := func(what string, got stats.Estimate, want float64) {
		t.Helper()
		if math.Abs(got.Center/want-1) > 0.011 || !got.Why.IsZero() || got.N != 6 {
			t.Errorf("%s is %+v, want %g", what, got, want)
		}
	}
	l := all[0] // a request costs 60 µs
	near("a request", l.Request, 60)
	near("a cheap login", l.Cheap, 200)
	near("a login", l.Password, 30_000)
	near("a login in requests", l.PasswordRatio, 500)
	near("the calm", l.Calm.P50, float64(measuretest.Calm))
	near("the storm", l.Storm.P90, float64(measuretest.Storm))
	near("logins in the storm", l.Stormed, 33)
	if l.Storm.Failed != 0 || l.Store.Known() || l.Idle != nil || !l.Calm.Withheld.IsZero() ||
		!l.Storm.Withheld.IsZero() || l.Turned != 0 {
		t.Errorf("%+v", l)
	}
}

func TestLoginsThatSayNothing(t *testing.T) {
	for name, change := range map[string]func(*logins.Line){
		"no logins":     func(l *logins.Line) { l.Password.Requests = 0 },
		"no time":       func(l *logins.Line) { l.StormTime = 0 },
		"no CPU":        func(l *logins.Line) { l.Request.Replica = 0 },
		"no histogram":  func(l *logins.Line) { l.Storm.Due = "HISTFAAA" },
		"no lag either": func(l *logins.Line) { l.Calm.Lag = "" },
	} {
		run := measuretest.Lab{Plan: loggingIn, Seed: 1, Costs: costly}.Run()
		first := true
		measuretest.Edit(run, "logins", func(l *logins.Line) {
			if first {
				change(l)
			}
			first = false
		})
		all := found(run)
		if l := all[0]; l.Refused.IsZero() || l.Request.Known() {
			t.Errorf("%s: %+v", name, l)
		}
		if !all[1].Refused.IsZero() {
			t.Errorf("%s: the other row is refused too", name)
		}
	}
}

// TestLoginsThatCountInPart: what is no cost, or a time of the lucky or of a late generator, is withheld, and the rest
// is not.
func TestLoginsThatCountInPart(t *testing.T) {
	for name, test := range map[string]struct {
		change func(start int, l *logins.Line)
		want   func(l logins.Login) bool
	}{
		"a replica with rest": {
			func(_ int, l *logins.Line) { l.Request.Elapsed *= 2 },
			func(l logins.Login) bool {
				return len(l.Idle) == 1 && !l.Request.Known() && !l.PasswordRatio.Known() && l.Password.Known()
			},
		},
		"rest at one start of six": {
			func(start int, l *logins.Line) {
				if start == 2 {
					l.Request.Elapsed *= 2
				}
			},
			func(l logins.Login) bool {
				return l.Idle == nil && l.Request.N == 5 && l.PasswordRatio.N == 5 && l.Password.N == 6
			},
		},
		"tries turned away": {
			func(_ int, l *logins.Line) { l.Password.Refused, l.Turned = 1, 66 },
			func(l logins.Login) bool {
				return len(l.Idle) == 1 && !l.Password.Known() && l.Request.Known() && l.Turned == 0.5
			},
		},
		"a storm in which some failed": {
			func(_ int, l *logins.Line) { l.Storm.OK -= 4 },
			func(l logins.Login) bool {
				return math.Abs(l.Storm.Failed-0.01) < 1e-9 && !l.Storm.P90.Known() && !l.Storm.Withheld.IsZero() &&
					l.Calm.P90.Known() && l.Calm.Failed == 0
			},
		},
		"a generator that is late in the storm": {
			func(_ int, l *logins.Line) { l.Storm.Lag = l.Storm.Due },
			func(l logins.Login) bool {
				return !l.Storm.P50.Known() && !l.Storm.P90.Known() && !l.Storm.Withheld.IsZero() && l.Calm.P50.Known()
			},
		},
	} {
		run := measuretest.Lab{Plan: loggingIn, Seed: 1, Costs: costly}.Run()
		measuretest.Edit(run, "logins", func(l *logins.Line) { test.change(l.Start, l) })
		if l := found(run)[0]; !test.want(l) {
			t.Errorf("%s: %+v", name, l)
		}
	}
}
