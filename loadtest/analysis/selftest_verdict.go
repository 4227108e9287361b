package analysis

import (
	"math"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// A machine is called disturbed above these shares of all its cores.
const (
	disturbed = 0.05 // by programs that are not the lab's
	stolen    = 0.02 // by the host of a virtual machine
)

// SelftestVerdict says what the machine of s can and cannot resolve when p is run on it.
func SelftestVerdict(s record.Selftest, p *plan.Plan) []message.Message {
	var verdict []message.Message
	for _, said := range []message.Message{
		interference(s.Machine), costs(s, p), slice(s, p), saturation(s.Closed), punctuality(s.Open, p),
		budgets(s), timers(s, p),
	} {
		if !said.IsZero() {
			verdict = append(verdict, said)
		}
	}
	return verdict
}

func interference(m record.Machine) message.Message {
	took, quiet := Interference(m)
	when := message.New("selftest.meanwhile")
	if m.During == nil {
		when = message.New("selftest.before")
	}
	switch {
	case took.IsZero():
		return message.New("selftest.interference-unknown")
	case !quiet:
		return message.New("selftest.disturbed", "when", when, "took", took)
	}
	return message.New("selftest.quiet", "when", when, "took", took)
}

// Interference says how much CPU others took of m while it was observed, and whether that is little. It is zero where
// the kernel does not tell.
func Interference(m record.Machine) (took message.Message, quiet bool) {
	w := m.During
	if w == nil {
		w = m.Before
	}
	if w == nil {
		return took, false
	}
	return message.New("selftest.took", "others", w.Others, "steal", w.Steal), w.Others <= disturbed && w.Steal <= stolen
}

// costs says which differences in cost can be told from noise.
func costs(s record.Selftest, p *plan.Plan) message.Message {
	if p.Demand == nil || len(s.Lines) == 0 {
		return message.Message{}
	}
	for _, l := range s.Lines {
		if l.Slice != p.Demand.Slice {
			continue
		}
		if least := Resolvable(l, *p.Demand); least > 0 {
			return message.New("selftest.resolved", "plan", p.Name, "starts", p.Demand.Starts(), "rounds", p.Demand.Rounds,
				"slice", p.Demand.Slice, "least", least)
		}
		return message.New("selftest.unresolved", "plan", p.Name, "why", unresolved(l, p))
	}
	return message.New("selftest.slice-not-tried", "plan", p.Name, "slice", p.Demand.Slice)
}

func unresolved(l record.SliceLine, p *plan.Plan) message.Message {
	switch {
	case p.Demand.Starts() < stats.MinSamples:
		return message.New("selftest.starts", "starts", p.Demand.Starts(), "needed", stats.MinSamples)
	case l.Doubt != "":
		return message.New("selftest.slices-count", "valid", l.Valid, "of", l.Of, "slice", l.Slice, "doubt", l.Doubt)
	default:
		return message.New("selftest.slices-measured", "slice", l.Slice)
	}
}

// slice says which length of slice is the best here.
func slice(s record.Selftest, p *plan.Plan) message.Message {
	if len(s.Lines) == 0 || p.Demand == nil {
		return message.Message{}
	}
	if s.Slice == 0 {
		return message.New("selftest.no-slice")
	}
	for _, l := range s.Lines {
		if l.Slice == s.Slice {
			var planned message.Message
			if l.Slice != p.Demand.Slice {
				planned = message.New("selftest.plan-has", "plan", p.Name, "slice", p.Demand.Slice)
			}
			return message.New("selftest.best-slice",
				"slice", l.Slice, "against", l.Against, "width", stats.Estimate(l.Other).Width(),
				"same", l.Same.Center, "low", l.Same.Low, "high", l.Same.High, "planned", planned)
		}
	}
	return message.Message{}
}

// budgets says how exactly CPU budgets hold.
func budgets(s record.Selftest) message.Message {
	switch {
	case s.NoBudgets != "":
		return message.New("selftest.no-budgets", "why", s.NoBudgets)
	case len(s.Budgets) == 0:
		return message.Message{}
	}
	off := 0.0
	var used, idle []message.Message
	for _, b := range s.Budgets {
		if b.Used.High < usedUp {
			idle = append(idle, message.New("selftest.budget-idle", "budget", b.Cores, "used", b.Used.Center))
			continue
		}
		off = max(off, math.Abs(b.Used.Low-1), math.Abs(b.Used.High-1))
		used = append(used, message.New("selftest.budget-used", "budget", b.Cores, "used", b.Used.Center))
	}
	if len(used) == 0 {
		return message.New("selftest.budgets-idle", "idle", idle)
	}
	return message.New("selftest.budgets", "off", off, "used", used, "idle", idle)
}

// timers says how late the kernel wakes a thread, and how finely it counts CPU time.
func timers(s record.Selftest, p *plan.Plan) message.Message {
	var parts []message.Message
	for _, n := range s.Naps {
		parts = append(parts, message.New("selftest.nap", "nap", n.Length, "p50", brief(n.P50), "p99", brief(n.P99)))
	}
	switch step := s.CPUClock.Step; {
	case s.CPUClock.Steps == 0:
		parts = append(parts, message.New("selftest.clock-stood"))
	case p.Demand != nil:
		parts = append(parts, message.New("selftest.clock-of-slice", "step", brief(step),
			"percent", 100*float64(step)/float64(p.Demand.Slice), "slice", p.Demand.Slice))
	default:
		parts = append(parts, message.New("selftest.clock", "step", brief(step)))
	}
	return message.New("selftest.timers", "parts", parts)
}
