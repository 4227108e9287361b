package analysis

import (
	"math"
	"testing"

	"authlab/loadtest/load"
	"authlab/loadtest/measure/measuretest"
)

const loggingIn = "name: mine\nschemes: [session-redis, token-hs256]\nusers: 100\nlogins: {starts: 6, logins: 100, passwords: 8, rate: 200, storm: 4, window: 1s}\n"

func TestLoginsFindTheTruth(t *testing.T) {
	a := Compare(measuretest.Lab{Plan: loggingIn, Seed: 1, Costs: costly}.Run())
	if len(a.Logins) != 2 {
		t.Fatalf("%d rows", len(a.Logins))
	}
	near := func(what string, got Estimate, want float64) {
		t.Helper()
		if math.Abs(got.Center/want-1) > 0.011 || got.Why != "" || got.N != 6 {
			t.Errorf("%s is %+v, want %g", what, got, want)
		}
	}
	l := a.Logins[0] // a request costs 60 µs
	near("a request", l.Request, 60)
	near("a cheap login", l.Cheap, 200)
	near("a login", l.Password, 30_000)
	near("a login in requests", l.PasswordRatio, 500)
	near("the calm", l.CalmP50, float64(measuretest.Calm))
	near("the storm", l.StormP99, float64(measuretest.Storm))
	near("logins in the storm", l.Stormed, 33)
	if l.Failed != 0 || l.Store.Known() {
		t.Errorf("%+v", l)
	}
}

func TestLoginsThatSayNothing(t *testing.T) {
	for name, change := range map[string]func(*load.Logins){
		"no logins":     func(l *load.Logins) { l.Password.Requests = 0 },
		"no time":       func(l *load.Logins) { l.StormTime = 0 },
		"no CPU":        func(l *load.Logins) { l.Request.Replica = 0 },
		"no histogram":  func(l *load.Logins) { l.Storm.Due = "HISTFAAA" },
		"no lag either": func(l *load.Logins) { l.Calm.Lag = "" },
	} {
		run := measuretest.Lab{Plan: loggingIn, Seed: 1, Costs: costly}.Run()
		change(&run.Logins[0])
		a := Compare(run)
		if l := a.Logins[0]; l.Refused == "" || l.Request.Known() {
			t.Errorf("%s: %+v", name, l)
		}
		if a.Logins[1].Refused != "" {
			t.Errorf("%s: the other row is refused too", name)
		}
	}
	run := measuretest.Lab{Plan: loggingIn, Seed: 1, Costs: costly}.Run()
	run.Logins[0].Storm.OK -= 40
	if l := Compare(run).Logins[0]; math.Abs(l.Failed-40.0/(6*800)) > 1e-9 {
		t.Errorf("failed: %g", l.Failed)
	}
}
