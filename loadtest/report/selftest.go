package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
)

// SelftestText is a selftest for a terminal: the verdict, then the tables that it was made from.
func SelftestText(s measure.Selftest) string {
	var b strings.Builder
	b.WriteString("\n")
	for _, sentence := range s.Verdict {
		fmt.Fprintf(&b, "- %s\n", sentence)
	}
	for _, t := range []table{sliceTable(s), closedTable(s), openTable(s), napTable(s), heldTable(s), machineTable(s.Machine)} {
		if len(t.Rows) > 0 {
			fmt.Fprintf(&b, "\n%s\n%s", t.Caption, t.text())
		}
	}
	return b.String()
}

func sliceTable(s measure.Selftest) table {
	t := table{
		Caption: "The same time of load in slices of different lengths: CPU of a request as a ratio to the control of the same round",
		Head:    []string{"slice × rounds", "#that count", "#control again", "#of its starts", "#other program", "#95 % interval", "what to know"},
	}
	for _, l := range s.Lines {
		width, notes := none, []string(nil)
		if l.Other.Why == "" {
			width = fmt.Sprintf("± %.1f %%", 100*analysis.Estimate(l.Other).Width())
		}
		if l.Slice == s.Slice {
			notes = append(notes, "the best here")
		}
		if l.Doubt != "" {
			notes = append(notes, fmt.Sprintf("%d of %d slices do not count, the first: %s", l.Of-l.Valid, l.Of, l.Doubt))
		}
		t.add(fmt.Sprintf("%v × %d", l.Slice, l.Rounds), fmt.Sprint(l.Same.N), precise(l.Same), precise(l.OverStarts), precise(l.Other), width,
			strings.Join(notes, "; "))
	}
	return t
}

// precise prints a ratio with the digits that a noise floor needs.
func precise(i measure.Interval) string {
	return interval(analysis.Estimate(i), func(v float64) string { return fmt.Sprintf("%.3f", v) })
}

func closedTable(s measure.Selftest) table {
	t := table{
		Caption: "Closed loop, the generator and the server alone on a core each",
		Head:    []string{"against", "#requests/s", "#generator, CPU µs", "#busy", "#server, CPU µs", "#busy"},
	}
	for _, c := range s.Closed {
		t.add(c.Against, fmt.Sprintf("%.0f", c.Rate), fmt.Sprintf("%.1f", c.Generator), percent(c.GeneratorBusy), fmt.Sprintf("%.1f", c.Server), percent(c.ServerBusy))
	}
	return t
}

func openTable(s measure.Selftest) table {
	t := table{
		Caption: "Open loop against a server that does nothing: how late requests leave",
		Head:    []string{"#requests/s", "#sent", "#late, p50", "#late, p99", "#generator, CPU µs", "on time"},
	}
	for _, p := range s.Open {
		on := "yes"
		if !p.OnTime() {
			on = "no"
		}
		t.add(fmt.Sprintf("%g", p.Rate), fmt.Sprintf("%d of %d", p.Sent, p.Planned), micros(p.LagP50), micros(p.LagP99), fmt.Sprintf("%.1f", p.Generator), on)
	}
	return t
}

func napTable(s measure.Selftest) table {
	t := table{Caption: "How late the kernel wakes a thread that sleeps", Head: []string{"nap", "#times", "#late, p50", "#late, p99"}}
	for _, n := range s.Naps {
		t.add(n.Length.String(), fmt.Sprint(n.Times), micros(n.P50), micros(n.P99))
	}
	return t
}

func heldTable(s measure.Selftest) table {
	t := table{
		Caption: "CPU budgets, pressed against by a saturated control",
		Head:    []string{"#cores", "#used ÷ granted", "#answers/s", "#slices that count"},
	}
	for _, b := range s.Budgets {
		t.add(fmt.Sprintf("%g", b.Cores), ratio(analysis.Estimate(b.Used)),
			interval(analysis.Estimate(b.Rate), func(v float64) string { return fmt.Sprintf("%.0f", v) }), fmt.Sprintf("%d of %d", b.Valid, b.Of))
	}
	return t
}

func machineTable(m measure.Machine) table {
	t := table{Caption: "This machine", Head: []string{"what", "value"}}
	t.add("machine", fmt.Sprintf("%s, %d cores used", m.CPU, m.Cores))
	t.add("kernel", m.Kernel)
	t.add("frequency governor", m.Governor)
	t.add("load before the start", m.Load)
	t.add("before the start", weather(m.Before))
	t.add("meanwhile", weather(m.During))
	return t
}

func weather(w *measure.Weather) string {
	if w == nil {
		return "not known"
	}
	return fmt.Sprintf("other programs took %.1f %% of all cores, the host (steal) %.1f %%", 100*w.Others, 100*w.Steal)
}

// selftestLine is the short form in a run's environment.
func selftestLine(s *measure.Selftest) string {
	if len(s.Closed) == 0 || len(s.Naps) == 0 {
		return none
	}
	onTime := 0.0
	for _, p := range s.Open {
		if !p.OnTime() {
			break
		}
		onTime = p.Rate
	}
	nap := s.Naps[len(s.Naps)-1]
	return fmt.Sprintf("%s; the generator needs %.1f µs of CPU for a request and sends up to %g/s on time; a nap of %v ends %s late (p99)",
		weather(cmp.Or(s.Machine.During, s.Machine.Before)), s.Closed[0].Generator, onTime, nap.Length, micros(nap.P99))
}

func micros(d time.Duration) string {
	return fmt.Sprintf("%.0f µs", float64(d)/float64(time.Microsecond))
}
