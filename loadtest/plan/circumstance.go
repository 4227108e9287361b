package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A circumstance is what differs around the servers of a scheme while the servers are the same. It stands in the
// scheme's name after a +, so that the same servers are compared side by side, in the same rounds, under several:
//
//	session-redis+5ms          the round trip between a replica and the store is 5 ms longer
//	session-redis+store-0.02   the store's machine has 0.02 core
//	session-redis+hot-0.5      one user sends half of the requests
//	session-redis+zipf-1.1     the user of rank k comes in proportion to 1/k^1.1; with 0, all come equally often
//
// Each has one spelling, so that no scheme has two names.

// longestDelay is the longest round trip to a store that a plan may ask for. Servers give up on a slower store.
const longestDelay = time.Second

// under returns the scheme under a circumstance.
func (s Scheme) under(circumstance string) (Scheme, error) {
	name := s.Name + "+" + circumstance
	what, err := "", error(nil)
	cores, sized := strings.CutPrefix(circumstance, "store-")
	delay, noDelay := time.ParseDuration(circumstance)
	zipf, ranked := strings.CutPrefix(circumstance, "zipf-")
	hot, heated := strings.CutPrefix(circumstance, "hot-")
	switch {
	case s.Guarantee == NoGuarantee:
		err = fmt.Errorf("every scheme is compared with %s, which has no circumstances", s.Name)
	case noDelay == nil:
		what, err = s.delayed(delay, circumstance)
	case sized:
		what, err = s.stored(cores)
	case ranked:
		what, err = s.ranked(zipf)
	case heated:
		what, err = s.heated(hot)
	default:
		err = fmt.Errorf("there is no circumstance +%s, only a delay of the store, such as +5ms, the cores of its machine, "+
			"such as +store-0.02, and users who come unequally often, such as +hot-0.5 or +zipf-1.1", circumstance)
	}
	if err != nil {
		return Scheme{}, fmt.Errorf("scheme %s: %w", name, err)
	}
	s.Of, s.Name, s.Caveats = s.Name, name, slices.Concat([]string{what}, s.Caveats)
	return s, nil
}

// delayed moves the store away. what says so.
func (s *Scheme) delayed(delay time.Duration, text string) (what string, err error) {
	switch {
	case !s.Store:
		return "", fmt.Errorf("%s asks no store", s.Name)
	case delay <= 0 || delay > longestDelay || strings.ReplaceAll(delay.String(), "µ", "u") != text:
		return "", fmt.Errorf("the store is further away by a round trip of up to %v, such as +5ms or +500us", longestDelay)
	}
	s.StoreDelay, s.DemandAs = delay, ""
	return fmt.Sprintf("the store is further away: a round trip between a replica and it takes %v longer", delay), nil
}

// stored gives the store a machine of its own size. what says so.
func (s *Scheme) stored(text string) (what string, err error) {
	cores, ok := spelled(text, float64(MinBudget), 1)
	switch {
	case !s.Store:
		return "", fmt.Errorf("%s asks no store", s.Name)
	case !ok:
		return "", fmt.Errorf("the store's machine has between %v and 1 core, such as +store-0.02", float64(MinBudget))
	}
	s.StoreCores, s.DemandAs = Budget(cores), s.Name // without budgets the size of that machine makes no difference
	return "where there are budgets, the store's machine has " + text + " core", nil
}

// steepest is the largest exponent of a plan: with it, one user sends 97 % of the requests.
const steepest = 5

// ranked lets users come by Zipf's law. what says so.
func (s *Scheme) ranked(text string) (what string, err error) {
	exponent, ok := spelled(text, 0, steepest)
	if !ok {
		return "", fmt.Errorf("the exponent of Zipf's law is between 0 and %d, such as +zipf-1.1", steepest)
	}
	s.come(Identities{Drawn: true, Zipf: exponent})
	return "users come at random, the one of rank k in proportion to 1/k^" + text, nil
}

// heated lets one user send a share of the requests. what says so.
func (s *Scheme) heated(text string) (what string, err error) {
	share, ok := spelled(text, 0.01, 0.99)
	if !ok {
		return "", fmt.Errorf("one user sends a share between 0.01 and 0.99 of the requests, such as +hot-0.5")
	}
	s.come(Identities{Drawn: true, Hot: share})
	return "users come at random, and one of them sends " + text + " of the requests", nil
}

// come changes who comes, and what a cache that is too small for all of them then spares the store.
func (s *Scheme) come(i Identities) {
	s.Identities, s.DemandAs = i, ""
	if s.MissOps > 0 {
		s.StoreOps = s.MissOps * (1 - hitsOf(i, s.Room()))
	}
}

// known are the results of hitsOf, because a scheme is looked up for every slice.
var known sync.Map

func hitsOf(i Identities, room int) float64 {
	type question struct {
		Identities
		room int
	}
	share, ok := known.Load(question{i, room})
	if !ok {
		share = i.Hits(hitUsers, room)
		known.Store(question{i, room}, share)
	}
	return share.(float64)
}

// spelled reads a number between low and high, in its shortest form.
func spelled(text string, low, high float64) (v float64, ok bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && within(v, low, high) && strconv.FormatFloat(v, 'f', -1, 64) == text
}
