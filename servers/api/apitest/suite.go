// Package apitest is the contract that every scheme must pass, tested over HTTP alone. It covers the security
// requirements one by one, with each refusal beside the same request unaltered, and checks every request and answer
// against openapi.yaml.
//
// Three checks are repetitive: R01 makes 10⁵ logins, R19 500 pairs of refusals and R23 10⁵ cancelled requests. That
// takes a minute and more for each scheme. So only the schemes that list it in Whole do it in full, with the build tag
// long. The others do a fiftieth (of R19 a twentieth). Without the tag all do at most a fifth of that, which takes
// seconds and finds large defects. Password hashes cost next to nothing, except where the time of a refusal is tested.
//
// Some checks test the server that is the same for every scheme: how it reads requests, and how it slows guesses down.
// Without the tag only the schemes that set Server do them: one for each carrier. With -short the control alone does.
package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"authlab/scripts/longtest"
	"authlab/servers/api"
)

// Carrier is how a credential travels.
type Carrier string

// The carriers.
const (
	Cookie Carrier = "cookie"
	Bearer Carrier = "bearer"
	Name   Carrier = "name" // the control's header, trusted
)

// Scheme describes to the suite what it tests.
type Scheme struct {
	Name    string
	Carrier Carrier
	// New returns the scheme as its program would make it, and Args the command line for it.
	New  func() api.Scheme
	Args []string
	// Alone says that logins live on one replica: the suite then starts no second one.
	Alone bool
	// Within is the guarantee: how long an ended credential may still work.
	Within time.Duration
	// Pushed says that Within is the time that news takes over a network, which no clock of a check advances.
	Pushed bool
	// Life is how long credentials last from when they were handed out, whatever the clocks, where that is longer than the
	// guarantee and nothing ends them: the life of an access token.
	Life time.Duration
	// Stateless says that the servers store nothing about a login. Then a login cannot be ended, and whatever works can be
	// renewed until Within has passed; Within is as long as any login lasts.
	Stateless bool
	// Lists says whether devices can be listed; otherwise the answer must be 501.
	Lists bool
	// Idle and Absolute are the lifetimes that Args set: of a session, or of a refresh family.
	Idle, Absolute time.Duration
	// Grace, where refresh tokens rotate or session ids are replaced, is how long the one before the latest is answered
	// with the latest again.
	Grace time.Duration
	// Advance, where a store has a clock of its own, advances it.
	Advance func(time.Duration)
	// StopStore and StartStore, where a scheme has a store, take it away and bring it back.
	StopStore, StartStore func()
	// Evict, where a store may drop keys before their time, makes it do so, while use uses what should stay.
	Evict func(use func())
	// Sign, where credentials are tokens, signs any header and payload with the server's own key and algorithm, so that a
	// forgery is wrong in one thing only.
	Sign func(header, payload string) string
	// WeakKeys are contents of the key file with which no server may start, by what is wrong with them. The suite adds
	// those that are wrong for every algorithm.
	WeakKeys map[string]string
	// Server says that this scheme does the checks of what is the same for every scheme even without the build tag long.
	Server bool
	// Whole lists the repetitive checks that this scheme does in full because no other scheme does them for it.
	Whole []string

	// misconfigure breaks a Config, to see that the checks notice; front is a handler before the servers.
	misconfigure func(*api.Config)
	front        func(http.Handler) http.Handler
}

// lasts returns how long a credential may be accepted after it was handed out, if it is not ended.
func (s Scheme) lasts() time.Duration { return max(s.Within, s.Life) }

// repeated are the checks that a scheme may do in full.
var repeated = []string{"R01", "R19", "R23"}

// known is an error if Whole names an unknown check: a misspelt one would silently do only a fiftieth.
func (s Scheme) known() error {
	for _, name := range s.Whole {
		if !slices.Contains(repeated, name) {
			return fmt.Errorf("there is no repeated check %s: Whole may name %v", name, repeated)
		}
	}
	return nil
}

// repeats returns how often a check does something that in full is done the given number of times. With -short no
// scheme does more than the least.
func (s Scheme) repeats(check string, asked int) int {
	if slices.Contains(s.Whole, check) && !testing.Short() {
		return longtest.Times(asked, asked/50)
	}
	return longtest.Times(asked/50, asked/250)
}

// refusalMemory returns how many KiB a password hash takes where the time of a refusal is tested; 0 means as in
// programs. It is an eighth for a scheme that leaves the full R19 to others, except with the build tag long. A defect
// in the suite's own tests has the full time, to show on a busy machine.
func (s Scheme) refusalMemory() uint32 {
	if longtest.Long || slices.Contains(s.Whole, "R19") || s.front != nil {
		return 0
	}
	return 19456 / 8
}

// ofServer is for checks of the server itself, whatever the scheme.
func ofServer(s Scheme) bool {
	if testing.Short() {
		return s.Server && s.Carrier == Name
	}
	return s.Server || longtest.Long
}

// timesRefusals is for R19's check of times, which one scheme does with the full cost of a password.
func timesRefusals(s Scheme) bool { return ofServer(s) || slices.Contains(s.Whole, "R19") }

// check is one requirement. It returns what was wrong.
type check struct {
	name string
	// applies is nil if the requirement holds for every scheme.
	applies func(Scheme) bool
	run     func(*world) error
}

// Run checks a scheme against the contract, in parallel with others: each scheme has its own stores, and mostly waits
// for what servers do to slow clients.
func Run(t *testing.T, s Scheme) {
	t.Parallel()
	if err := s.known(); err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if c.applies != nil && !c.applies(s) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if err := c.hold(t, s); err != nil {
				t.Error(err)
			}
		})
	}
}

// RunVariant is Run for a scheme that differs from another in an algorithm, a codec or the like. With -short it is
// skipped: the contract of every scheme takes minutes. Of each kind of variant, one is run without the build tag long;
// longtest.Only is for the others.
func RunVariant(t *testing.T, s Scheme) {
	if testing.Short() {
		t.Skip("a variant of another scheme is skipped with -short")
	}
	Run(t, s)
}

// hold runs a check in a world of its own.
func (c check) hold(t testing.TB, s Scheme) error {
	w := start(t, s)
	return errors.Join(c.run(w), w.conforms())
}
