package analysis

import (
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// saturation says whether the generator can keep a core busy.
func saturation(all []record.Ceiling) message.Message {
	var parts []message.Message
	for _, c := range all {
		var busy message.Message
		switch {
		case measure.Saturates(c):
			busy = message.New("selftest.keeps-busy", "server", c.ServerBusy)
		case c.GeneratorBusy >= saturatedGenerator:
			busy = message.New("selftest.cannot-keep-busy", "server", c.ServerBusy)
		default:
			busy = message.New("selftest.neither-busy", "server", c.ServerBusy, "generator", c.GeneratorBusy)
		}
		parts = append(parts, message.New("selftest.reached",
			"rate", c.Rate, "us", c.Generator, "against", c.Against, "busy", busy))
	}
	if len(parts) == 0 {
		return message.Message{}
	}
	var more message.Message
	if last := all[len(all)-1]; last.Against == plan.Control && !measure.Saturates(last) {
		more = message.New("selftest.idle-control")
	}
	return message.New("selftest.closed", "sends", parts, "more", more)
}

// saturatedGenerator is the share of a core from which the generator counts as saturated.
const saturatedGenerator = 0.95

// punctuality says up to which rate requests leave on time, and which latencies can be measured then.
func punctuality(all []record.Punctuality, p *plan.Plan) message.Message {
	var kept *record.Punctuality
	i := 0
	for ; i < len(all) && measure.OnTime(all[i]); i++ {
		kept = &all[i]
	}
	switch {
	case len(all) == 0:
		return message.Message{}
	case kept == nil:
		return message.New("selftest.never-on-time", "rate", all[0].Rate, "lag", brief(all[0].LagP99),
			"sent", all[0].Sent, "planned", all[0].Planned)
	}
	var lowest message.Message
	if first := all[0]; kept != &all[0] {
		lowest = message.New("selftest.lowest-rate", "least", brief(leastMedian(first.LagP99)), "rate", first.Rate)
	}
	next := message.New("selftest.no-higher-rate")
	if i < len(all) {
		next = message.New("selftest.too-fast", "rate", all[i].Rate)
	}
	return message.New("selftest.on-time", "rate", kept.Rate, "lag", brief(kept.LagP99),
		"least", brief(leastMedian(kept.LagP99)), "lowest", lowest, "next", next, "beyond", tooFast(kept.Rate, p))
}

// tooFast names the plan's rates that are above the rate that can be sent on time.
func tooFast(kept float64, p *plan.Plan) message.Message {
	if p.Latency == nil {
		return message.Message{}
	}
	var beyond []message.Message
	for _, rate := range p.Latency.Rates {
		if rate > kept {
			beyond = append(beyond, message.New("selftest.rate", "rate", rate))
		}
	}
	if len(beyond) == 0 {
		return message.Message{}
	}
	return message.New("selftest.plan-asks", "plan", p.Name, "rates", beyond)
}

// leastMedian is the smallest median latency that can be measured with this lag.
func leastMedian(lag time.Duration) time.Duration {
	return time.Duration(float64(lag) / record.LagShare)
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
