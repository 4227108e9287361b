package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// SelftestText is a selftest for a terminal: its verdict, then the tables that it was made from.
func SelftestText(l message.Language, s record.Selftest, verdict []message.Message) string {
	var b strings.Builder
	b.WriteString("\n")
	for _, sentence := range verdict {
		fmt.Fprintf(&b, "- %s\n", page.Words(l, sentence))
	}
	for _, t := range []page.Table{
		sliceTable(s), closedTable(s), openTable(s), napTable(s), heldTable(s),
		machineTable(s.Machine),
	} {
		if len(t.Rows) > 0 {
			fmt.Fprintf(&b, "\n%s\n%s", page.Words(l, t.Caption), t.Text(l))
		}
	}
	return b.String()
}

func sliceTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: message.New("measured.slices"),
		Head: page.Head("measured.slice", "#measured.that-count", "#measured.again", "#measured.of-starts",
			"#measured.other-program", "#measured.interval", "head.what-to-know"),
	}
	for _, l := range s.Lines {
		width, notes := page.None, []message.Message{}
		if l.Other.Why.IsZero() {
			width = fmt.Sprintf("± %.1f %%", 100*stats.Estimate(l.Other).Width())
		}
		if l.Slice == s.Slice {
			notes = append(notes, message.New("measured.best"))
		}
		if l.Doubt != "" {
			notes = append(notes, message.New("measured.invalid", "n", l.Of-l.Valid, "of", l.Of, "why", l.Doubt))
		}
		t.Add(fmt.Sprintf("%v × %d", l.Slice, l.Rounds), l.Same.N, precise(l.Same), precise(l.OverStarts),
			precise(l.Other), width, message.New("measured.notes", "notes", notes))
	}
	return t
}

// precise prints a ratio with the digits that a noise floor needs.
func precise(i stats.Estimate) string {
	return page.Interval(stats.Estimate(i), func(v float64) string { return fmt.Sprintf("%.3f", v) })
}

func closedTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: message.New("measured.closed"),
		Head: page.Head("measured.against", "#head.rate", "#measured.generator", "#measured.busy", "#measured.server",
			"#measured.busy"),
	}
	for _, c := range s.Closed {
		t.Add(c.Against, fmt.Sprintf("%.0f", c.Rate), fmt.Sprintf("%.1f", c.Generator), page.Percent(c.GeneratorBusy),
			fmt.Sprintf("%.1f", c.Server), page.Percent(c.ServerBusy))
	}
	return t
}

func openTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: message.New("measured.open"),
		Head: page.Head("#head.rate", "#measured.sent", "#measured.late-p50", "#measured.late-p99", "#measured.generator",
			"measured.on-time"),
	}
	for _, p := range s.Open {
		on := message.New("measured.was-on-time")
		if !measure.OnTime(p) {
			on = message.New("measured.was-late")
		}
		t.Add(p.Rate, message.New("count.of", "n", p.Sent, "of", p.Planned), micros(p.LagP50), micros(p.LagP99),
			fmt.Sprintf("%.1f", p.Generator), on)
	}
	return t
}

func napTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: message.New("measured.naps"),
		Head:    page.Head("measured.nap", "#measured.times", "#measured.late-p50", "#measured.late-p99"),
	}
	for _, n := range s.Naps {
		t.Add(n.Length, n.Times, micros(n.P50), micros(n.P99))
	}
	return t
}

func heldTable(s record.Selftest) page.Table {
	t := page.Table{
		Caption: message.New("measured.budgets"),
		Head:    page.Head("#measured.cores", "#measured.used", "#head.answers", "#measured.slices-count"),
	}
	for _, b := range s.Budgets {
		t.Add(b.Cores, page.Ratio(b.Used), page.Interval(b.Rate, whole), message.New("count.of", "n", b.Valid, "of", b.Of))
	}
	return t
}

func machineTable(m record.Machine) page.Table {
	t := page.Table{Caption: message.New("measured.machine"), Head: page.Head("head.what", "head.value")}
	t.Add(message.New("environment.machine"), message.New("environment.cpu", "cpu", m.CPU, "cores", m.Cores))
	t.Add(message.New("measured.kernel"), m.Kernel)
	t.Add(message.New("environment.governor"), m.Governor)
	t.Add(message.New("environment.load"), m.Load)
	t.Add(message.New("measured.before"), interference(m.Before))
	t.Add(message.New("measured.meanwhile"), interference(m.During))
	return t
}

func interference(w *record.Interference) message.Message {
	if w == nil {
		return message.New("measured.unknown")
	}
	return message.New("measured.interference", "others", w.Others, "steal", w.Steal)
}

// selftestLine is the short form in a run's environment.
func selftestLine(s *record.Selftest) message.Message {
	if len(s.Closed) == 0 || len(s.Naps) == 0 {
		return message.Text(page.None)
	}
	onTime := 0.0
	for _, p := range s.Open {
		if !measure.OnTime(p) {
			break
		}
		onTime = p.Rate
	}
	nap := s.Naps[len(s.Naps)-1]
	return message.New("measured.line", "interference", interference(cmp.Or(s.Machine.During, s.Machine.Before)),
		"us", s.Closed[0].Generator, "rate", onTime, "nap", nap.Length, "late", micros(nap.P99))
}

func micros(d time.Duration) string {
	return fmt.Sprintf("%.0f µs", float64(d)/float64(time.Microsecond))
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }
