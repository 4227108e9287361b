package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/page"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// SelftestText is a selftest for a terminal: the verdict, then the tables that it was made from.
func SelftestText(s record.Selftest) string {
	var b strings.Builder
	b.WriteString("\n")
	for _, sentence := range s.Verdict {
		fmt.Fprintf(&b, "- %s\n", sentence)
	}
	for _, t := range []page.Table{
		sliceTable(s), closedTable(s), openTable(s), napTable(s), heldTable(s),
		machineTable(s.Machine),
	} {
		if len(t.Rows) > 0 {
			fmt.Fprintf(&b, "\n%s\n%s", t.Caption, t.Text())
		}
	}
	return b.String()
}

func sliceTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: "The same time of load in slices of different lengths: CPU of a request as a ratio to the control of the " +
			"same round",
		Head: []string{
			"slice × rounds", "#that count", "#control again", "#of its starts", "#other program",
			"#95 % interval", "what to know",
		},
	}
	for _, l := range s.Lines {
		width, notes := page.None, []string(nil)
		if l.Other.Why == "" {
			width = fmt.Sprintf("± %.1f %%", 100*stats.Estimate(l.Other).Width())
		}
		if l.Slice == s.Slice {
			notes = append(notes, "the best here")
		}
		if l.Doubt != "" {
			notes = append(notes, fmt.Sprintf("%d of %d slices do not count, the first: %s", l.Of-l.Valid, l.Of, l.Doubt))
		}
		t.Add(fmt.Sprintf("%v × %d", l.Slice, l.Rounds), fmt.Sprint(l.Same.N), precise(l.Same), precise(l.OverStarts),
			precise(l.Other), width,
			strings.Join(notes, "; "))
	}
	return t
}

// precise prints a ratio with the digits that a noise floor needs.
func precise(i stats.Estimate) string {
	return page.Interval(stats.Estimate(i), func(v float64) string { return fmt.Sprintf("%.3f", v) })
}

func closedTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: "Closed loop, the generator and the server alone on a core each",
		Head:    []string{"against", "#requests/s", "#generator, CPU µs", "#busy", "#server, CPU µs", "#busy"},
	}
	for _, c := range s.Closed {
		t.Add(c.Against, fmt.Sprintf("%.0f", c.Rate), fmt.Sprintf("%.1f", c.Generator), page.Percent(c.GeneratorBusy),
			fmt.Sprintf("%.1f", c.Server), page.Percent(c.ServerBusy))
	}
	return t
}

func openTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: "Open loop against a server that does nothing: how late requests leave",
		Head:    []string{"#requests/s", "#sent", "#late, p50", "#late, p99", "#generator, CPU µs", "on time"},
	}
	for _, p := range s.Open {
		on := "yes"
		if !measure.OnTime(p) {
			on = "no"
		}
		t.Add(fmt.Sprintf("%g", p.Rate), fmt.Sprintf("%d of %d", p.Sent, p.Planned), micros(p.LagP50), micros(p.LagP99),
			fmt.Sprintf("%.1f", p.Generator), on)
	}
	return t
}

func napTable(s record.Selftest) page.Table {
	t := page.Table{Caption: "How late the kernel wakes a thread that sleeps", Head: []string{
		"nap", "#times", "#late, p50", "#late, p99",
	}}
	for _, n := range s.Naps {
		t.Add(n.Length.String(), fmt.Sprint(n.Times), micros(n.P50), micros(n.P99))
	}
	return t
}

func heldTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: "CPU budgets, pressed against by a saturated control",
		Head:    []string{"#cores", "#used ÷ granted", "#answers/s", "#slices that count"},
	}
	for _, b := range s.Budgets {
		t.Add(fmt.Sprintf("%g", b.Cores), page.Ratio(stats.Estimate(b.Used)),
			page.Interval(stats.Estimate(b.Rate), whole), fmt.Sprintf("%d of %d", b.Valid, b.Of))
	}
	return t
}

func machineTable(m record.Machine) page.Table {
	t := page.Table{Caption: "This machine", Head: []string{"what", "value"}}
	t.Add("machine", fmt.Sprintf("%s, %d cores used", m.CPU, m.Cores))
	t.Add("kernel", m.Kernel)
	t.Add("frequency governor", m.Governor)
	t.Add("load before the start", m.Load)
	t.Add("before the start", interference(m.Before))
	t.Add("meanwhile", interference(m.During))
	return t
}

func interference(w *record.Interference) string {
	if w == nil {
		return "not known"
	}
	return fmt.Sprintf("other programs took %.1f %% of all cores, the host (steal) %.1f %%", 100*w.Others, 100*w.Steal)
}

// selftestLine is the short form in a run's environment.
func selftestLine(s *record.Selftest) string {
	if len(s.Closed) == 0 || len(s.Naps) == 0 {
		return page.None
	}
	onTime := 0.0
	for _, p := range s.Open {
		if !measure.OnTime(p) {
			break
		}
		onTime = p.Rate
	}
	nap := s.Naps[len(s.Naps)-1]
	return fmt.Sprintf("%s; the generator needs %.1f µs of CPU for a request and sends up to %g/s on time; a nap of %v "+
		"ends %s late (p99)",
		interference(cmp.Or(s.Machine.During, s.Machine.Before)), s.Closed[0].Generator, onTime, nap.Length, micros(nap.P99))
}

func micros(d time.Duration) string {
	return fmt.Sprintf("%.0f µs", float64(d)/float64(time.Microsecond))
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }
