package memory_test

import (
	"math"
	"strings"
	"testing"

	"authlab/loadtest/experiment/memory"
	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
)

// grown is what the kind finds in a run.
func grown(run *measure.Run) []memory.Growth {
	return memory.Kind.Analyse(&run.Run).(*memory.Findings).Growth
}

const filling = "name: mine\nschemes: [session-redis, token-hs256]\nmemory: {logins: [1000, 10000, 100000], beyond: " +
	"1000000, starts: 6}\n"

// TestGrowthFindsTheTruth: a line is found although the program needs memory itself, and is extrapolated beyond what
// was measured.
func TestGrowthFindsTheTruth(t *testing.T) {
	all := grown(measuretest.Lab{Plan: filling, Seed: 1}.Run())
	if len(all) != 2 {
		t.Fatalf("%d rows", len(all))
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got/want-1) > 0.02 {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	redis, token := all[0], all[1]
	near("a login in the replica", redis.Replica.Bytes.Center, measuretest.ReplicaBytes)
	near("a login in the store", redis.Store.Bytes.Center, measuretest.StoreBytes)
	near("a million in the store", redis.Store.Beyond.Center, 1e6*measuretest.StoreBytes+1<<20)
	if b := redis.Store.Bytes; !b.Why.IsZero() || b.N != 6 {
		t.Errorf("six starts have no interval: %+v", b)
	}
	if token.Store != nil {
		t.Errorf("a row without a store has %+v", token.Store)
	}
	if len(redis.Sizes) != 3 || redis.Sizes[2].Logins != 100_000 || redis.Sizes[2].Store < 100_000*measuretest.StoreBytes {
		t.Errorf("%+v", redis.Sizes)
	}
}

// TestGrowthThatIsNoLine: what lies between is told from the line, and where it lies above it the sign says so.
func TestGrowthThatIsNoLine(t *testing.T) {
	run := measuretest.Lab{Plan: filling, Seed: 1}.Run()
	measuretest.Edit(run, "memory", func(f *memory.Footprint) {
		if f.Scheme == "session-redis" && f.Logins == 10_000 {
			held := *f.Store * 3 / 2
			f.Store = &held
		}
	})
	g := grown(run)[0]
	// half of a program's MiB, too, in 9000 logins
	if g.Store.Bend < 0.6 || g.Store.Bend > 0.7 || math.Abs(g.Replica.Bend) > 0.01 {
		t.Errorf("bends of %g and %g", g.Store.Bend, g.Replica.Bend)
	}
	if !strings.Contains(g.Store.Withheld.String(), "off a straight line") || g.Store.Beyond.Known() ||
		!g.Replica.Withheld.IsZero() {
		t.Errorf("a line is drawn on that is none: %+v, or one that is withheld: %+v", g.Store, g.Replica)
	}
}

// TestGrowthOfForgottenLogins: bytes of logins that are not there are no bytes of logins.
func TestGrowthOfForgottenLogins(t *testing.T) {
	for name, change := range map[string]func(*memory.Footprint){
		"forgotten": func(f *memory.Footprint) { f.Known = f.Asked * 9 / 10 },
		"not asked": func(f *memory.Footprint) { f.Known, f.Asked = 0, 0 },
	} {
		run := measuretest.Lab{Plan: filling, Seed: 1}.Run()
		first := true
		measuretest.Edit(run, "memory", func(f *memory.Footprint) {
			if first {
				change(f)
			}
			first = false
		})
		all := grown(run)
		if g := all[0]; !strings.Contains(g.Refused.String(), "were answered as theirs") || g.Replica.Bytes.Known() {
			t.Errorf("%s: %+v", name, g)
		}
		if !all[1].Refused.IsZero() {
			t.Errorf("%s: the other row is refused too", name)
		}
	}
}

// TestGrowthBeyondARoom: it is not known what a million sessions take of a replica that remembers a hundred thousand of
// them.
func TestGrowthBeyondARoom(t *testing.T) {
	run := measuretest.Lab{Plan: strings.Replace(filling, "session-redis", "session-near", 1), Seed: 1}.Run()
	g := grown(run)[0]
	if g.Name != "session-near" || g.Replica.Withheld.String() != "a replica remembers 100000 of them at most" ||
		g.Replica.Beyond.Known() || !g.Store.Beyond.Known() {
		t.Errorf("%s: %+v and %+v", g.Name, g.Replica, g.Store)
	}
}
