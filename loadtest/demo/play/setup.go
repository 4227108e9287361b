package play

import (
	"fmt"
	"slices"
	"time"
)

// Schemes are those that a column may have, by their names in package plan.
var Schemes = []string{
	"session-memory", "session-sticky", "session-redis", "session-near", "session-cookie", "token-hs256", "token-es256",
	"token-cookie", "token-denylist", "token-push",
}

// Limits of a setup.
const (
	MostReplicas = 8
	MostRate     = 2000 // requests/s to each column
	mostDelay    = 500  // ms
	mostClock    = 7200 // s: longer than a token lasts
)

// Setup is how the playground should be. Faults are done to both columns. Replicas are numbered from 1.
type Setup struct {
	Schemes  [2]string `json:"schemes"`
	Replicas int       `json:"replicas"` // behind the balancer
	Rate     int       `json:"rate"`     // requests/s to each column
	Killed   []int     `json:"killed"`   // replicas
	Paused   []int     `json:"paused"`   // replicas, as in a hang
	Stopped  bool      `json:"stopped"`  // the store, as in a hang
	Delay    int       `json:"delay"`    // ms by which each round trip to the store is longer
	Clock    int       `json:"clock"`    // s by which the first replica's clock is wrong
	Key      Key       `json:"key"`
}

// Key is which key signs or seals.
type Key int

// The keys.
const (
	FirstKey Key = iota
	NewKey       // a new one signs, and the first is still accepted
	OnlyKey      // the first one is no longer accepted
)

// Beginning is the setup of a new playground.
func Beginning() Setup {
	return Setup{Schemes: [2]string{"session-redis", "token-hs256"}, Replicas: 2, Rate: 200}
}

// Check refuses what cannot be set up. The error is one sentence.
func (s Setup) Check() error {
	for _, name := range s.Schemes {
		if !slices.Contains(Schemes, name) {
			return fmt.Errorf("there is no scheme %q", name)
		}
	}
	for _, n := range slices.Concat(s.Killed, s.Paused) {
		if n < 1 || n > MostReplicas {
			return fmt.Errorf("there is no replica %d", n)
		}
	}
	for _, v := range []struct {
		what            string
		is, least, most int
	}{
		{"the number of replicas", s.Replicas, 1, MostReplicas},
		{"the rate", s.Rate, 0, MostRate},
		{"the delay of the store", s.Delay, 0, mostDelay},
		{"the error of the clock", s.Clock, -mostClock, mostClock},
		{"the key", int(s.Key), int(FirstKey), int(OnlyKey)},
	} {
		if v.is < v.least || v.is > v.most {
			return fmt.Errorf("%s is from %d to %d, not %d", v.what, v.least, v.most, v.is)
		}
	}
	return nil
}

// killed and paused report the state of a replica, by its index.
func (s Setup) killed(i int) bool { return slices.Contains(s.Killed, i+1) }
func (s Setup) paused(i int) bool { return slices.Contains(s.Paused, i+1) }

// flags are those of a replica, by its index, after those of all.
func (s Setup) flags(i int) []string {
	if i > 0 || s.Clock == 0 {
		return nil
	}
	return []string{"--clock-offset=" + (time.Duration(s.Clock) * time.Second).String()}
}

// tidy puts lists into one form, so that equal setups look alike. A replica that is killed is not paused too.
func (s Setup) tidy() Setup {
	s.Killed = numbers(s.Killed)
	s.Paused = slices.DeleteFunc(numbers(s.Paused), func(n int) bool { return slices.Contains(s.Killed, n) })
	return s
}

func numbers(list []int) []int {
	list = append([]int{}, list...) // never nil: a page reads lists
	slices.Sort(list)
	return slices.Compact(list)
}
