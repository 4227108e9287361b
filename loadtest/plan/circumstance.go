package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A circumstance is what differs around the servers of a scheme while the servers are the same. It stands in the
// scheme's name after a +, so that the same servers are compared side by side, in the same rounds, under several:
//
//	session-redis+5ms          the round trip between a replica and the store is 5 ms longer
//	session-redis+store-0.02   the store's machine has 0.02 core
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
	switch {
	case s.Guarantee == NoGuarantee:
		err = fmt.Errorf("every scheme is compared with %s, which has no circumstances", s.Name)
	case noDelay == nil:
		what, err = s.delayed(delay, circumstance)
	case sized:
		what, err = s.stored(cores)
	default:
		err = fmt.Errorf("there is no circumstance +%s, only a delay of the store, such as +5ms, and the cores of its "+
			"machine, such as +store-0.02", circumstance)
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
	cores, err := strconv.ParseFloat(text, 64)
	switch {
	case !s.Store:
		return "", fmt.Errorf("%s asks no store", s.Name)
	case err != nil || !within(cores, float64(MinBudget), 1) || strconv.FormatFloat(cores, 'g', -1, 64) != text:
		return "", fmt.Errorf("the store's machine has between %v and 1 core, such as +store-0.02", float64(MinBudget))
	}
	s.StoreCores, s.DemandAs = Budget(cores), s.Name // without budgets the size of that machine makes no difference
	return "where there are budgets, the store's machine has " + text + " core", nil
}
