package report

import (
	"fmt"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// handler is the CPU time of a handler that does some work, in µs: what authentication takes is set beside it.
const handler = 1000.0

// littleBeside is the share of the handler's time up to which a cost is little.
const littleBeside = 0.1

// costVerdict says what sessions and tokens add to a request.
func costVerdict(a *analysis.Analysis) page.Verdict {
	v := page.Verdict{ID: "cost", Asks: message.Say("verdict.cost"), Figure: none, Section: "cost"}
	p := protagonists(a, func(name string) bool { c := costOf(a, name); return c.As == "" && c.CPU.Known() })
	if r, ok := everyday(a, p); ok {
		return rateVerdict(a, v, r)
	}
	if p.only() == "" {
		v.Says = message.Sentence{Message: absent(a, plan.DemandCell, true)}
		return v
	}
	v.Setup = costSetup(a, p.session)
	session, token := costOf(a, p.session), costOf(a, p.token)
	switch {
	case !p.both():
		return one(a, v, costOf(a, p.only()))
	case session.Resolved && token.Resolved:
		between := "·"
		if !a.CostRatio(session.Name, token.Name).Excludes(1) {
			between = "≈"
		}
		v.Figure = message.Say("verdict.pair", "session", short(p.session), "one", added(a, session),
			"between", between, "token", short(p.token), "other", added(a, token))
		v.Says = message.Say("verdict.cost-both", "session", who(p.session), "by", amount(a, session),
			"token", signature(p.token), "less", amount(a, token), "beside", beside1ms(a, session, token))
		v.Interval = message.Say("verdict.intervals", "session", costInterval(a, session), "token", costInterval(a, token))
		v.Means = meansOf(a, session, token)
	case session.Resolved:
		v = one(a, v, session)
		v.Means = message.Say("verdict.cost-untold", "scheme", who(p.token))
	case token.Resolved:
		v = one(a, v, token)
		v.Means = message.Say("verdict.cost-untold", "scheme", who(p.session))
	default:
		v.Says = message.Say("verdict.cost-unknown", "session", who(p.session), "token", who(p.token))
		v.Means = message.Sentence{Message: untold(a)}
	}
	return v
}

// costSetup says where the cost was measured, and what the session's store takes besides.
func costSetup(a *analysis.Analysis, session string) message.Sentence {
	s, err := plan.SchemeNamed(session)
	if err != nil || !s.Store {
		return message.Say("verdict.cost-setup")
	}
	if f := extrapolated(a, session); f != nil && a.DemandDrift.IsZero() {
		return message.Say("verdict.cost-setup-takes", "store", storeOf(s),
			"us", page.Significant(f.Shared(session).Center))
	}
	return message.Say("verdict.cost-setup-store", "store", storeOf(s))
}

// signature names a token with what signs it: that decides what it costs.
func signature(scheme string) message.Message {
	if scheme == "token-hs256" {
		return message.New("who.signed")
	}
	return who(scheme)
}

// one is the verdict on the cost of one scheme.
func one(a *analysis.Analysis, v page.Verdict, c analysis.Cost) page.Verdict {
	if !c.Resolved {
		v.Says = message.Say("verdict.cost-one-unknown", "scheme", who(c.Name))
		v.Means = message.Sentence{Message: untold(a)}
		return v
	}
	v.Figure = figure(added(a, c))
	v.Says = message.Say("verdict.cost-one", "scheme", who(c.Name), "by", amount(a, c), "beside", beside1ms(a, c))
	v.Interval = message.Say("verdict.interval", "interval", costInterval(a, c))
	v.Means = message.Say("verdict.cost-share", "ratio", percentMore(c))
	return v
}

// untold says why a run calls no cost different.
func untold(a *analysis.Analysis) message.Message {
	switch {
	case !a.Noisy.IsZero():
		return message.New("verdict.why", "why", a.Noisy)
	case !restarted(a):
		return message.New("verdict.few-launches")
	}
	return message.New("verdict.too-little")
}

// added is what a scheme adds to a request, as a figure: µs, or a share where the machine drifted and µs are uncertain.
func added(a *analysis.Analysis, c analysis.Cost) string {
	if !a.DemandDrift.IsZero() {
		return percentMore(c)
	}
	return fmt.Sprintf("+%s µs", page.Significant(c.Added.Center))
}

// amount is the same within a sentence.
func amount(a *analysis.Analysis, c analysis.Cost) message.Message {
	if !a.DemandDrift.IsZero() {
		return message.New("verdict.share", "share", c.Ratio.Center-1)
	}
	return message.New("verdict.us", "us", page.Significant(c.Added.Center))
}

func costInterval(a *analysis.Analysis, c analysis.Cost) string {
	if !a.DemandDrift.IsZero() {
		return between(c.Ratio, func(v float64) string { return fmt.Sprintf("%+.0f %%", 100*(v-1)) })
	}
	return between(c.Added, page.Significant)
}

func percentMore(c analysis.Cost) string { return fmt.Sprintf("%+.0f %%", 100*(c.Ratio.Center-1)) }

// beside1ms sets costs beside the work of a handler, where their µs are known.
func beside1ms(a *analysis.Analysis, costs ...analysis.Cost) message.Message {
	if !a.DemandDrift.IsZero() {
		return message.New("verdict.beside-unknown")
	}
	for _, c := range costs {
		if c.Added.Center > littleBeside*handler {
			return message.New("verdict.beside-much")
		}
	}
	return message.New("verdict.beside-little")
}

// meansOf says what the costs of both are in other terms, and whether they differ from each other.
func meansOf(a *analysis.Analysis, session, token analysis.Cost) message.Sentence {
	var alike message.Message
	if !a.CostRatio(session.Name, token.Name).Excludes(1) {
		alike = message.New("verdict.cost-alike")
	}
	if !a.DemandDrift.IsZero() {
		return message.Sentence{Message: alike}
	}
	means := []message.Message{message.New("verdict.cost-means", "session", percentMore(session), "token",
		percentMore(token), "differ", alike, "sessionShare", session.Added.Center/handler,
		"tokenShare", token.Added.Center/handler)}
	if waits := medians(a, session.Name, token.Name); !waits.IsZero() {
		means = append(means, waits)
	}
	if rsa := costOf(a, "token-rs256"); rsa.Resolved {
		means = append(means, message.New("verdict.cost-rs256", "us", page.Significant(rsa.Added.Center)))
	}
	return message.Say("verdict.sentences", "sentences", means)
}

// medians says how long the median request takes with both and without authentication, at the lowest rate, as the main
// table has it. It is empty where one of the three was not measured.
func medians(a *analysis.Analysis, session, token string) message.Message {
	rate, p50 := 0.0, map[string]time.Duration{}
	for _, x := range a.Latency {
		if rate == 0 || x.Rate < rate {
			rate = x.Rate
			clear(p50)
		}
		if x.Rate == rate {
			p50[x.Name] = x.Sent.P50
		}
	}
	if p50[session] == 0 || p50[token] == 0 || p50[plan.Control] == 0 {
		return message.Message{}
	}
	return message.New("verdict.cost-latency", "rate", rate, "session", short(session), "token", short(token),
		"sessionTime", page.Duration(p50[session]), "tokenTime", page.Duration(p50[token]),
		"control", page.Duration(p50[plan.Control]))
}
