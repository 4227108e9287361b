package analysis

import (
	"math"
	"slices"

	"authlab/loadtest/message"
)

// Outcome is what one trial says of its rate.
type Outcome string

// The outcomes.
const (
	Held    Outcome = "held"
	Broke   Outcome = "did not hold"
	Limited Outcome = "generator-bound" // it did not hold, and that may have been the generator's doing
	Unusual Outcome = "does not count"  // what was to be tried did not happen
)

// Bounds of a search, in requests/s: with fewer there is no percentile, and the lab cannot send more.
const (
	LeastRate = 50
	MostRate  = 20_000
)

const (
	// fine is the widest bracket that answers the question, as a ratio.
	fine = 1.05
	// stride is the first step of a search that has found only one side, and longest the longest step. Each step is twice
	// the one before.
	stride, longest = 1.10, 2
	// enough is how many trials of one outcome decide a rate, if they are the majority.
	enough = 2
	// sure is the lead that the majority needs at both ends of the bracket for the search to end early.
	sure = 3
)

// tested is a rate with its trials. A rate is classified by the loss-ratio idea of RFC 9971, with trials of equal
// length: by the outcome of most of its trials, so that one bad trial between good ones does not decide.
type tested struct {
	rate                 float64
	held, broke, limited int
}

// class is Held, Broke or Limited, or empty while it is not decided.
func (t tested) class() Outcome {
	not := t.broke + t.limited
	switch {
	case t.held >= enough && t.held > not:
		return Held
	case not >= enough && not > t.held && t.limited > t.broke:
		return Limited
	case not >= enough && not > t.held:
		return Broke
	default:
		return ""
	}
}

// lead is by how many trials the majority leads.
func (t tested) lead() int {
	lead := t.held - t.broke - t.limited
	return max(lead, -lead)
}

// search is what the trials of a cell say together: all rates that were tested, rising, and the ends of the bracket
// among them, nil where there is none. high is the lowest rate that did not hold, and low the highest rate below it
// that held. So the bracket cannot be inverted. Where two findings contradict each other, the lower one stands until it
// is tested again.
type search struct {
	rates     []tested
	low, high *tested
}

func newSearch(trials []Trial) *search {
	s := &search{}
	for _, t := range trials {
		s.add(t)
	}
	slices.SortFunc(s.rates, func(x, y tested) int { return int(math.Copysign(1, x.rate-y.rate)) })
	for i := range s.rates {
		switch t := &s.rates[i]; t.class() {
		case Held:
			s.low = t
		case Broke, Limited:
			s.high = t
			return s
		}
	}
	return s
}

func (s *search) add(t Trial) {
	if t.Outcome == Unusual {
		return
	}
	i := slices.IndexFunc(s.rates, func(x tested) bool { return x.rate == t.Rate })
	if i < 0 {
		i = len(s.rates)
		s.rates = append(s.rates, tested{rate: t.Rate})
	}
	switch t.Outcome {
	case Held:
		s.rates[i].held++
	case Broke:
		s.rates[i].broke++
	case Limited:
		s.rates[i].limited++
	}
}

// NextRate is the rate in requests/s that the next trial of a cell tests, given its trials so far; start is tested
// first. more is false when no further trial is needed.
func NextRate(start float64, trials []Trial) (rate float64, more bool) {
	s := newSearch(trials)
	if len(s.rates) == 0 {
		return round(start), true
	}
	for _, choose := range []func() (float64, bool){s.contradicted, s.undecided, s.inside, s.unsure} {
		if rate, ok := choose(); ok {
			return rate, true
		}
	}
	return 0, false
}

// contradicted tests the upper end again while a higher rate was found to hold.
func (s *search) contradicted() (float64, bool) {
	if s.high == nil || s.high.lead() >= sure {
		return 0, false
	}
	above := func(t tested) bool { return t.rate > s.high.rate && t.class() == Held }
	return s.high.rate, slices.ContainsFunc(s.rates, above)
}

// undecided continues with a rate inside the bracket whose trials do not agree yet.
func (s *search) undecided() (float64, bool) {
	for _, t := range s.rates {
		if t.class() == "" && (s.low == nil || t.rate > s.low.rate) && (s.high == nil || t.rate < s.high.rate) {
			return t.rate, true
		}
	}
	return 0, false
}

// inside halves the bracket, or looks for the end that it lacks.
func (s *search) inside() (float64, bool) {
	switch {
	case s.low != nil && s.high != nil:
		return round(math.Sqrt(s.low.rate * s.high.rate)), s.high.rate > fine*s.low.rate
	case s.low != nil:
		return round(s.low.rate * s.step(s.low, -1)), s.low.rate < MostRate
	default:
		return round(s.high.rate / s.step(s.high, +1)), s.high.rate > LeastRate
	}
}

// step is a ratio: twice the distance from an end of the bracket to the rate that was tested on its known side. A
// search that starts far away arrives soon, and one that lost an end which it had nearly found stays near.
func (s *search) step(end *tested, side int) float64 {
	i := slices.IndexFunc(s.rates, func(t tested) bool { return t.rate == end.rate }) + side
	if i < 0 || i == len(s.rates) {
		return stride
	}
	ratio := s.rates[i].rate / end.rate
	if side < 0 {
		ratio = 1 / ratio
	}
	return min(longest, max(stride, ratio*ratio))
}

// unsure tests the less certain end of a bracket that is narrow enough.
func (s *search) unsure() (float64, bool) {
	least := sure
	rate := 0.0
	for _, end := range []*tested{s.low, s.high} {
		if end != nil && end.lead() < least {
			least, rate = end.lead(), end.rate
		}
	}
	return rate, least < sure
}

// round makes a rate a whole number, so that a search meets the same rate again.
func round(rate float64) float64 { return math.Round(min(MostRate, max(LeastRate, rate))) }

// Bracket is what is known of a capacity.
type Bracket struct {
	Held  float64 `json:"last_that_held"`     // requests/s; 0 when none was found
	Broke float64 `json:"first_that_did_not"` // requests/s; 0 when none was found
	// Least says why Held is only a lower bound, although the search came to its end; Wide why the search did not.
	Least message.Sentence `json:"at_least,omitzero"`
	Wide  message.Sentence `json:"not_resolved,omitzero"`
}

// bracket is what the trials of a cell say.
func bracket(trials []Trial) Bracket {
	s := newSearch(trials)
	var b Bracket
	if s.low != nil {
		b.Held = s.low.rate
	}
	if s.high != nil {
		b.Broke = s.high.rate
	}
	switch {
	case s.low == nil && s.high == nil:
		b.Wide = message.Say("bracket.undecided", "trials", len(trials))
	case s.low == nil && s.high.rate <= LeastRate:
		b.Wide = message.Say("bracket.lowest")
	case s.low == nil:
		b.Wide = message.Say("bracket.never-held")
	case s.high == nil && s.low.rate >= MostRate:
		b.Least = message.Say("bracket.highest")
	case s.high == nil:
		b.Wide = message.Say("bracket.always-held")
	case s.high.class() == Limited:
		b.Least, b.Broke = message.Say("bracket.generator", "rate", s.high.rate), 0
	case s.high.rate > fine*s.low.rate:
		b.Wide = message.Say("bracket.wide", "share", s.high.rate/s.low.rate-1)
	}
	return b
}
