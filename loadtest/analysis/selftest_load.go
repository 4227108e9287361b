package analysis

import (
	"fmt"
	"strings"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// saturation says whether the generator can keep a core busy.
func saturation(all []record.Ceiling) string {
	var parts []string
	for _, c := range all {
		part := fmt.Sprintf("%s requests/s at %.1f µs of its CPU each against %s", thousands(c.Rate), c.Generator, c.Against)
		switch {
		case measure.Saturates(c):
			part += fmt.Sprintf(", which it keeps %.0f %% busy", 100*c.ServerBusy)
		case c.GeneratorBusy >= saturatedGenerator:
			part += fmt.Sprintf(", which it cannot keep busy (%.0f %%)", 100*c.ServerBusy)
		default:
			part += fmt.Sprintf(", with neither at its limit (server %.0f %%, generator %.0f %% busy): something else took their cores",
				100*c.ServerBusy, 100*c.GeneratorBusy)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	text := "In closed loop the generator sends " + strings.Join(parts, "; ") + "."
	if last := all[len(all)-1]; last.Against == plan.Control && !measure.Saturates(last) {
		text += " Most demand cells of the control do not count here, so there is little to compare costs with."
	}
	return text
}

// saturatedGenerator is the share of a core from which the generator was at its limit.
const saturatedGenerator = 0.95

// punctuality says up to which rate requests leave on time, and which latencies can be told then.
func punctuality(all []record.Punctuality, p *plan.Plan) string {
	var kept *record.Punctuality
	i := 0
	for ; i < len(all) && measure.OnTime(all[i]); i++ {
		kept = &all[i]
	}
	switch {
	case len(all) == 0:
		return ""
	case kept == nil:
		return fmt.Sprintf("Not even %s requests/s can be sent on time (99 %% at most %v late, %d of %d sent): latency cannot be measured here.",
			thousands(all[0].Rate), brief(all[0].LagP99), all[0].Sent, all[0].Planned)
	}
	text := fmt.Sprintf("Up to %s requests/s are sent on time, 99 %% of them at most %v late: a median latency below %v cannot be told from the "+
		"generator's own lateness at that rate", thousands(kept.Rate), brief(kept.LagP99), brief(leastMedian(kept.LagP99)))
	if first := all[0]; kept != &all[0] {
		text += fmt.Sprintf(", below %v at %s", brief(leastMedian(first.LagP99)), thousands(first.Rate))
	}
	text += "."
	if i < len(all) {
		text += fmt.Sprintf(" %s/s cannot be generated on time.", thousands(all[i].Rate))
	} else {
		text += " No higher rate was tried."
	}
	return text + tooFast(kept.Rate, p)
}

// tooFast names the plan's rates that are above what can be sent on time.
func tooFast(kept float64, p *plan.Plan) string {
	if p.Latency == nil {
		return ""
	}
	var beyond []string
	for _, rate := range p.Latency.Rates {
		if rate > kept {
			beyond = append(beyond, thousands(rate))
		}
	}
	if len(beyond) == 0 {
		return ""
	}
	return fmt.Sprintf(" The %s plan asks for %s.", p.Name, strings.Join(beyond, " and "))
}

// leastMedian is the smallest median latency that a lag leaves known.
func leastMedian(lag time.Duration) time.Duration {
	return time.Duration(float64(lag) / record.LagShare)
}

// share prints a share in percent with two digits.
func share(v float64) string {
	if v >= 0.0995 {
		return fmt.Sprintf("%.0f %%", 100*v)
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

// thousands prints a rate with its thousands apart: 12,345.
func thousands(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// brief rounds a duration to three digits or so.
func brief(d time.Duration) time.Duration {
	switch {
	case d < 10*time.Microsecond:
		return d.Round(10 * time.Nanosecond)
	case d < time.Millisecond:
		return d.Round(time.Microsecond)
	default:
		return d.Round(10 * time.Microsecond)
	}
}
