package report

import (
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// What servers grant unless their flags say otherwise: tokend's --access-ttl, and sessiond's --session-absolute.
const (
	accessLifetime = 15 * time.Minute
	sealedLifetime = 12 * time.Hour
)

// worksFor is how long an ended login may still work, by what its scheme promises and with the servers' usual
// lifetimes.
func worksFor(s plan.Scheme) time.Duration {
	switch {
	case s.Guarantee == plan.WithinPush:
		return s.Push
	case s.Guarantee == plan.AtExpiry && s.Sealed:
		return sealedLifetime
	case s.Guarantee == plan.AtExpiry:
		return accessLifetime + s.Tolerates()
	}
	return 0
}

// delaysOf are how soon ended logins were refused.
func delaysOf(a *analysis.Analysis) []delays.Delay {
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(*delays.Findings); ok {
			return f.Delays
		}
	}
	return nil
}

// delayOf is the one of a scheme.
func delayOf(a *analysis.Analysis, scheme string) (delays.Delay, bool) {
	for _, d := range delaysOf(a) {
		if d.Name == scheme {
			return d, true
		}
	}
	return delays.Delay{}, false
}

// revocationVerdict says how soon an ended login stops working.
func revocationVerdict(a *analysis.Analysis) []page.Verdict {
	v := page.Verdict{ID: "revocation", Asks: message.Say("verdict.end"), Section: "rows", Figure: none}
	measured := delaysOf(a)
	if len(measured) > 0 {
		v.Section = "delays"
	}
	for _, d := range measured {
		if d.Broken {
			v.Figure, v.Says = message.Say("delays.column-broken"), message.Say("verdict.broken", "scheme", d.Name)
			return []page.Verdict{v}
		}
	}
	p := protagonists(a, func(name string) bool {
		s, err := plan.SchemeNamed(name)
		planned := false
		for _, own := range a.Run.Plan.CostSchemes() {
			planned = planned || own.Name == name
		}
		return err == nil && planned && s.Guarantee != plan.NoGuarantee
	})
	switch {
	case p.only() == "":
		return nil
	case !p.both():
		s, _ := plan.SchemeNamed(p.only())
		v.Figure = message.Sentence{Message: soon(s)}
		v.Says = message.Say("verdict.end-one", "scheme", who(s.Name), "when", within(s))
	default:
		session, _ := plan.SchemeNamed(p.session)
		token, _ := plan.SchemeNamed(p.token)
		v.Figure = message.Say("verdict.pair", "session", short(p.session), "one", soon(session), "between", "·",
			"token", short(p.token), "other", soon(token))
		v.Says = message.Say("verdict.end-both", "session", who(p.session), "soon", within(session), "token", who(p.token),
			"later", within(token))
	}
	v.Means, v.Setup = message.Sentence{Message: outage(p, ended(a, p))}, message.Say("verdict.end-setup")
	return []page.Verdict{v}
}

// outage adds to what is said of logouts what else parts a session in a store from a token: the store may fail.
func outage(p pair, said message.Sentence) message.Message {
	session, _ := plan.SchemeNamed(p.session)
	token, _ := plan.SchemeNamed(p.token)
	if !p.both() || !session.Store || token.Store {
		return said.Message
	}
	return message.New("verdict.sentences", "sentences", []message.Message{
		said.Message, message.New("verdict.end-outage", "store", storeOf(session)),
	})
}

// ended says what was measured of it; by design is what nothing was measured of.
func ended(a *analysis.Analysis, p pair) message.Sentence {
	d, ok := delayOf(a, p.only())
	switch {
	case !ok && len(a.Run.Probes) > 0:
		return message.Say("verdict.end-probed", "probes", len(a.Run.Probes))
	case !ok:
		return message.Say("verdict.end-design")
	case d.Longest > 0:
		return message.Say(
			"verdict.end-taken",
			"logins",
			d.Logins,
			"longest",
			page.Duration(d.Longest),
			"scheme",
			who(d.Name),
		)
	case d.Scheme.Guarantee == plan.AtExpiry:
		return message.Say("verdict.end-expired", "logins", d.Logins, "worst", page.Duration(d.AtWorst()))
	}
	return message.Say("verdict.end-measured", "logins", d.Logins, "scheme", who(d.Name),
		"worst", page.Duration(d.AtWorst()))
}

// soon is within as a figure.
func soon(s plan.Scheme) message.Message {
	switch {
	case s.Guarantee == plan.AtExpiry && s.Sealed:
		return message.New("verdict.soon-hours")
	case s.Guarantee == plan.AtExpiry:
		return message.New("verdict.soon-minutes")
	}
	return within(s)
}

// within says when a login stops working, in a few words.
func within(s plan.Scheme) message.Message {
	switch {
	case s.Guarantee == plan.AtExpiry && s.Sealed:
		return message.New("verdict.within-hours")
	case s.Guarantee == plan.AtExpiry:
		return message.New("verdict.within-minutes")
	case s.Guarantee == plan.WithinPush:
		return message.New("verdict.within-push", "push", lasts(s.Push.Seconds()))
	}
	return page.Guarantee(s.Guarantee)
}
