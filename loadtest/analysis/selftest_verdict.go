package analysis

import (
	"fmt"
	"math"
	"strings"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// A machine is called disturbed above these shares of all its cores.
const (
	disturbed = 0.05 // by programs that are not the lab's
	stolen    = 0.02 // by the host of a virtual machine
)

// SelftestVerdict says in plain sentences what the machine of s can and cannot resolve when p is run on it.
func SelftestVerdict(s record.Selftest, p *plan.Plan) []string {
	var verdict []string
	for _, sentence := range []string{
		interference(s.Machine), costs(s, p), slice(s, p), saturation(s.Closed), punctuality(s.Open, p), budgets(s), timers(s, p),
	} {
		if sentence != "" {
			verdict = append(verdict, sentence)
		}
	}
	return verdict
}

func interference(m record.Machine) string {
	took, quiet := Interference(m)
	when := "while this ran, "
	if m.During == nil {
		when = "just before this ran, "
	}
	switch {
	case took == "":
		return "The kernel does not tell what other programs and the host took, so nobody knows how quiet this machine was."
	case !quiet:
		return "DISTURBED: " + when + took + ". The figures say what can be resolved under that load; repeat this when the machine is quiet."
	}
	return "Quiet: " + when + took + "."
}

// Interference says what others took of m while it was looked at, and whether that is little. It is empty where the kernel does not tell.
func Interference(m record.Machine) (took string, quiet bool) {
	w := m.During
	if w == nil {
		w = m.Before
	}
	if w == nil {
		return "", false
	}
	took = fmt.Sprintf("other programs took %s of all cores, and the host of this machine %s", share(w.Others), share(w.Steal))
	return took, w.Others <= disturbed && w.Steal <= stolen
}

// costs says which differences in cost can be told from noise.
func costs(s record.Selftest, p *plan.Plan) string {
	if p.Demand == nil || len(s.Lines) == 0 {
		return ""
	}
	for _, l := range s.Lines {
		if l.Slice != p.Demand.Slice {
			continue
		}
		if least := Resolvable(l, *p.Demand); least > 0 {
			return fmt.Sprintf("With the %s plan (%d starts, %d rounds of %v) a difference of %s in the cost of a request is told from noise "+
				"nine times in ten; a smaller one mostly is not.", p.Name, p.Demand.Restarts, p.Demand.Rounds, p.Demand.Slice, share(least))
		}
		return fmt.Sprintf("Differences in the cost of a request cannot be resolved with the %s plan: %s.", p.Name, unresolved(l, p))
	}
	return fmt.Sprintf("How well the %s plan resolves costs is not known: its slice of %v was not tried.", p.Name, p.Demand.Slice)
}

func unresolved(l record.SliceLine, p *plan.Plan) string {
	switch {
	case p.Demand.Restarts < stats.MinSamples:
		return fmt.Sprintf("it starts the processes %d times, and a decision takes %d", p.Demand.Restarts, stats.MinSamples)
	case l.Doubt != "":
		return fmt.Sprintf("only %d of %d slices of %v count (%s)", l.Valid, l.Of, l.Slice, l.Doubt)
	default:
		return fmt.Sprintf("too few slices of %v were measured", l.Slice)
	}
}

// slice says which length of slice is the best here.
func slice(s record.Selftest, p *plan.Plan) string {
	if len(s.Lines) == 0 || p.Demand == nil {
		return ""
	}
	if s.Slice == 0 {
		return "No length of slice is to be trusted: in each of them the control differs from itself, or most rounds do not count. Repeat this; " +
			"if it stays so, ratios measured here carry an error that their intervals do not show."
	}
	for _, l := range s.Lines {
		if l.Slice == s.Slice {
			same := stats.Estimate(l.Same)
			text := fmt.Sprintf("Of the lengths tried, slices of %v know most and are true: %s against the control is known to ± %s, and the control "+
				"against itself is %.3f [%.3f %.3f].", l.Slice, l.Against, share(stats.Estimate(l.Other).Width()), same.Center, same.Low, same.High)
			if l.Slice != p.Demand.Slice {
				text += fmt.Sprintf(" The %s plan has %v.", p.Name, p.Demand.Slice)
			}
			return text
		}
	}
	return ""
}

// budgets says how exactly CPU budgets hold.
func budgets(s record.Selftest) string {
	switch {
	case s.NoBudgets != "":
		return "Nothing that needs CPU budgets can be measured: " + s.NoBudgets + "."
	case len(s.Budgets) == 0:
		return ""
	}
	off, idle := 0.0, ""
	var parts []string
	for _, b := range s.Budgets {
		if b.Used.High < usedUp {
			idle += fmt.Sprintf(" A budget of %g core was not used up (%.2f of it), so it is not known whether it holds.", b.Cores, b.Used.Center)
			continue
		}
		off = max(off, math.Abs(b.Used.Low-1), math.Abs(b.Used.High-1))
		parts = append(parts, fmt.Sprintf("%.2f × %g", b.Used.Center, b.Cores))
	}
	if len(parts) == 0 {
		return idle[1:]
	}
	return fmt.Sprintf("CPU budgets hold within %s: a saturated control used %s core.%s", share(off), strings.Join(parts, ", "), idle)
}

// timers says how late the kernel wakes, and how finely it counts.
func timers(s record.Selftest, p *plan.Plan) string {
	var parts []string
	for _, n := range s.Naps {
		parts = append(parts, fmt.Sprintf("a nap of %v ends %v late (p99 %v)", n.Length, brief(n.P50), brief(n.P99)))
	}
	if s.CPUClock.Steps > 0 {
		part := fmt.Sprintf("CPU time is counted in steps of %v", brief(s.CPUClock.Step))
		if p.Demand != nil {
			part += fmt.Sprintf(", %.2g %% of a slice of %v", 100*float64(s.CPUClock.Step)/float64(p.Demand.Slice), p.Demand.Slice)
		}
		parts = append(parts, part)
	} else {
		parts = append(parts, "the CPU clock stood still while it was watched, so no cost can be measured")
	}
	text := strings.Join(parts, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}
