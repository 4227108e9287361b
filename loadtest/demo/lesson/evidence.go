package lesson

import (
	"maps"
	"net/http"
	"slices"

	"authlab/loadtest/message"
)

// Evidence is what a step left in one column. All of it comes from the servers and their store.
type Evidence struct {
	Deeds []Deed `json:"deeds"` // in the order in which they were done
	// Owner is the person who acted last, and Browser what that person now has.
	Owner   string `json:"owner"`
	Browser []Kept `json:"browser,omitempty"`
	// Token are the parts of the owner's access token, as anyone can read them; nil without one.
	Token *Token `json:"token,omitempty"`
	// Store is what Redis holds and was asked; nil where there is none.
	Store *Store `json:"store,omitempty"`
	// Clock counts for how long something still worked; nil where nothing is counted.
	Clock *Clock `json:"clock,omitempty"`
	// Race is what came of load; nil where there was none.
	Race *Race `json:"race,omitempty"`
}

// Deed is a request with its answer, or something else that was done.
type Deed struct {
	Exchange *Exchange        `json:"exchange,omitempty"`
	Told     *message.Message `json:"told,omitempty"`
}

// Clock is for how long a login that should have ended still worked.
type Clock struct {
	Asked   int     `json:"asked"`   // requests
	Worked  int     `json:"worked"`  // those that were answered 200
	Seconds float64 `json:"seconds"` // until the last 200; 0 without any
	Running bool    `json:"running"`
}

// Exchanges are the requests among the deeds.
func (e *Evidence) Exchanges() (all []Exchange) {
	for _, d := range e.Deeds {
		if d.Exchange != nil {
			all = append(all, *d.Exchange)
		}
	}
	return all
}

// Last is the status of the last answer; 0 without any.
func (e *Evidence) Last() int {
	if all := e.Exchanges(); len(all) > 0 {
		return all[len(all)-1].Status()
	}
	return 0
}

// inOrder are the names of headers, sorted.
func inOrder(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }

// Clone is the evidence as it is now. Only the goroutine that gathers it may call it.
func (e *Evidence) Clone() *Evidence {
	c := *e
	c.Deeds = slices.Clone(e.Deeds)
	if e.Clock != nil {
		clock := *e.Clock
		c.Clock = &clock
	}
	if e.Race != nil {
		race := *e.Race
		race.Laps = slices.Clone(race.Laps)
		c.Race = &race
	}
	return &c
}
