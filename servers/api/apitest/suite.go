// Package apitest is the contract that every scheme must pass, told over HTTP and nothing else: the security
// requirements one by one, each refusal beside the same request unharmed, every request and answer checked against
// openapi.yaml.
//
// Three checks repeat themselves: R01 asks for 10⁵ logins, R19 for 500 pairs of refusals and R23 for 10⁵ cancelled
// requests. That is a minute and more for each scheme, so only the rows that have it in Whole do it, with the build tag
// long. The other rows do a fiftieth (of R19 a twentieth). Without the tag all rows do a fifth or less of that, which
// takes seconds and sees what is wrong by much. Passwords cost next to nothing, except where the time of a refusal is
// asked.
package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/longtest"
)

// Carrier is how a credential travels.
type Carrier string

// The carriers.
const (
	Cookie Carrier = "cookie"
	Bearer Carrier = "bearer"
	Name   Carrier = "name" // the control's header, believed
)

// Scheme describes to the suite what it tests.
type Scheme struct {
	Name    string
	Carrier Carrier
	// New returns the scheme as its program would make it, and Args the command line for it.
	New  func() api.Scheme
	Args []string
	// Alone says that logins live on one replica: the suite then starts no second.
	Alone bool
	// Within is the guarantee: how long an ended credential may still work.
	Within time.Duration
	// Pushed says that Within is the time that news takes over a network, which no clock of a check moves.
	Pushed bool
	// Life, where credentials that nobody ends last longer than the guarantee, is how long, counted from when one was
	// handed out and whatever the clocks: the life of an access token.
	Life time.Duration
	// Stateless says that the servers remember nothing of a login. Nobody can end one then, and what works can be renewed,
	// until Within has passed; and that is as long as any login lasts.
	Stateless bool
	// Lists says whether devices can be listed; otherwise the answer must be 501.
	Lists bool
	// Idle and Absolute are the lifetimes that Args ask for: of a session, or of a refresh family.
	Idle, Absolute time.Duration
	// Grace, where refresh tokens rotate or session ids are replaced, is how long the one before the latest is
	// answered with the latest again.
	Grace time.Duration
	// Advance, where a store has a clock of its own, moves it.
	Advance func(time.Duration)
	// StopStore and StartStore, where a scheme has a store, take it away and bring it back.
	StopStore, StartStore func()
	// Evict, where a store may drop keys before their time, has it do so, while use uses what is to stay.
	Evict func(use func())
	// Sign, where credentials are tokens, signs any header and payload with the server's own key and algorithm, so that
	// only what is wrong with a token is wrong.
	Sign func(header, payload string) string
	// WeakKeys are contents of the key file that must start no server, by what is wrong with them. What is wrong whatever
	// the algorithm is tried besides.
	WeakKeys map[string]string
	// Whole are the checks, of those that can be, that no other row repeats for this one.
	Whole []string

	// misconfigure breaks what a Config decides, to see that the checks notice, and front stands before the servers.
	misconfigure func(*api.Config)
	front        func(http.Handler) http.Handler
}

// lasts is how long a credential may be honoured after it was handed out, if nobody ends it.
func (s Scheme) lasts() time.Duration { return max(s.Within, s.Life) }

// repeated are the checks of which a row can have the whole.
var repeated = []string{"R01", "R19", "R23"}

// known is an error where Whole names what is not repeated: of a name misspelt there would be a fiftieth, and nobody
// would know.
func (s Scheme) known() error {
	for _, name := range s.Whole {
		if !slices.Contains(repeated, name) {
			return fmt.Errorf("there is no whole of %s: %v are repeated", name, repeated)
		}
	}
	return nil
}

// repeats is how often a check does what is asked for so many times.
func (s Scheme) repeats(check string, asked int) int {
	if slices.Contains(s.Whole, check) {
		return longtest.Times(asked, asked/50)
	}
	return longtest.Times(asked/50, asked/250)
}

// refusalMemory is how many KiB a password takes where the time of a refusal is asked; 0 is as in programs. It is an
// eighth for a row that leaves the whole of R19 to others, except with the build tag long. A defect of the suite's own
// tests has the whole time, to show on a busy machine.
func (s Scheme) refusalMemory() uint32 {
	if longtest.Long || slices.Contains(s.Whole, "R19") || s.front != nil {
		return 0
	}
	return 19456 / 8
}

// check is one requirement. It returns what was wrong.
type check struct {
	name string
	// applies is nil where the requirement is for every scheme.
	applies func(Scheme) bool
	run     func(*world) error
}

// Run holds a scheme to the contract, beside other rows: a row has stores of its own, and much of the time it waits for
// what servers do to slow clients.
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

// RunVariant is Run for a row that differs from another in an algorithm, a codec or the like. With -short it is skipped:
// the contract of every row takes minutes.
func RunVariant(t *testing.T, s Scheme) {
	if testing.Short() {
		t.Skip("a variant of another row is left out with -short")
	}
	Run(t, s)
}

// hold runs a check in a world of its own.
func (c check) hold(t testing.TB, s Scheme) error {
	w := start(t, s)
	return errors.Join(c.run(w), w.conforms())
}
