package report

import (
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// mostVerdicts is how many sentences the first screen has room for.
const mostVerdicts = 3

// verdicts are the sentences of the first screen: what this plan is about first, then the three questions that most
// plans ask. A void run has none but that.
func verdicts(a *analysis.Analysis) []page.Verdict {
	switch {
	case !a.Void.IsZero():
		return []page.Verdict{unanswered(message.New("answer.void"))}
	case nothingKnown(a):
		return []page.Verdict{unanswered(message.New("answer.nothing"))}
	case a.Run.Plan.Target != nil:
		return targetVerdicts(a)
	}
	all := append(distanceVerdict(a), skewVerdict(a)...)
	if a.Run.Plan.Demand != nil {
		all = append(all, costVerdict(a))
	}
	if a.Run.Plan.Scaling != nil {
		all = append(all, scalingVerdict(a))
	}
	if v := revocationVerdict(a); a.Run.Plan.Scaling != nil || len(delaysOf(a)) > 0 {
		all = append(all, v...)
	}
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(experiment.Headlined); ok && found.Known() {
			all = append(all, f.Headline()...)
		}
	}
	if len(all) == 0 {
		all = append(all, unanswered(message.New("answer.figures-alone")))
	}
	return all[:min(len(all), mostVerdicts)]
}

// nothingKnown reports whether neither a slice nor a kind of experiment has anything to say.
func nothingKnown(a *analysis.Analysis) bool {
	return len(a.Run.Measurements) == 0 && !slices.ContainsFunc(a.Experiments,
		func(f analysis.Found) bool { return f.Known() })
}

func unanswered(why message.Message) page.Verdict {
	return page.Verdict{
		ID: "answer", Asks: message.Say("verdict.answer"), Figure: none, Says: message.Sentence{Message: why},
		Section: "missing",
	}
}

// none stands where there is no figure.
var none = message.Sentence{Message: message.Text(page.None)}

// pair are the two schemes that stand for the question: sessions and tokens. One of them may be missing.
type pair struct{ session, token string }

// protagonists are the plan's best-known sessions and tokens of those that measured has.
func protagonists(a *analysis.Analysis, measured func(string) bool) (p pair) {
	pick := func(server string, known ...string) string {
		for _, s := range a.Run.Plan.NamedSchemes() {
			if s.Server == server && s.Peer == "" && s.Of == "" {
				known = append(known, s.Name)
			}
		}
		for _, name := range known {
			if measured(name) {
				return name
			}
		}
		return ""
	}
	return pair{pick("sessiond", "session-redis"), pick("tokend", "token-hs256")}
}

// both reports whether both are there.
func (p pair) both() bool { return p.session != "" && p.token != "" }

// only is the one that is there.
func (p pair) only() string {
	if p.session != "" {
		return p.session
	}
	return p.token
}

// who names a scheme as a sentence does.
func who(scheme string) message.Message {
	switch scheme {
	case "session-redis":
		return message.New("who.session-redis")
	case "token-hs256":
		return message.New("who.token-hs256")
	}
	if s, err := plan.SchemeNamed(scheme); err == nil && s.Server == "tokend" {
		return message.New("who.token", "scheme", scheme)
	}
	return message.New("who.scheme", "scheme", scheme)
}

// short names a scheme in a figure.
func short(scheme string) message.Message {
	switch scheme {
	case "session-redis":
		return message.New("who.redis")
	case "token-hs256":
		return message.New("who.jwt")
	}
	return message.Text(scheme)
}

// between prints an interval alone: [low high].
func between(e stats.Estimate, format func(float64) string) string {
	if !e.Why.IsZero() {
		return page.None
	}
	return fmt.Sprintf("[%s %s]", format(e.Low), format(e.High))
}

// interval says what the interval of a sentence's figure is, or why it has none.
func interval(e stats.Estimate, format func(float64) string) message.Sentence {
	if !e.Why.IsZero() {
		return message.Say("verdict.no-interval", "why", e.Why)
	}
	return message.Say("verdict.interval", "interval", between(e, format))
}

// words of a figure that has no words.
func figure(text string) message.Sentence { return message.Sentence{Message: message.Text(text)} }

// advice says which verdict decides for whom. It is about how logins end, and so it needs both.
func advice(a *analysis.Analysis) (chosen page.Advice) {
	planned := protagonists(a, func(name string) bool {
		return slices.ContainsFunc(a.Run.Plan.AllSchemes(), func(s plan.Scheme) bool { return s.Name == name })
	})
	switch {
	case !a.Void.IsZero() || nothingKnown(a) || a.Run.Plan.Target != nil || a.Run.Plan.Scaling == nil:
		return chosen
	case planned.session != "session-redis" || planned.token != "token-hs256":
		return chosen
	}
	for _, d := range delaysOf(a) {
		if d.Broken && (d.Name == planned.session || d.Name == planned.token) {
			return chosen
		}
	}
	chosen = page.Advice{{When: message.New("verdict.when-at-once"), Take: message.New("verdict.take-session")}}
	return append(append(chosen, pushes(a)...),
		page.Choice{When: message.New("verdict.when-expired"), Take: message.New("verdict.take-token")})
}

// pushes names the schemes between the two: a logout counts with them within their push delay. There is none where the
// run measured the cost of none, or found that one takes longer than it promises.
func pushes(a *analysis.Analysis) []page.Choice {
	var schemes []message.Message
	within := time.Duration(0)
	for _, c := range a.Demand {
		d, ended := delayOf(a, c.Name)
		if c.Scheme.Guarantee == plan.WithinPush && c.Ratio.Known() && ended && !d.Broken {
			schemes, within = append(schemes, pushing(c.Name)), max(within, c.Scheme.Push)
		}
	}
	if len(schemes) == 0 {
		return nil
	}
	return []page.Choice{{
		When: message.New("verdict.when-pushed", "push", lasts(within.Seconds())),
		Take: message.New("verdict.take-pushed", "schemes", schemes),
	}}
}

// pushing says what a scheme with a push delay does: its name tells that to no new reader.
func pushing(scheme string) message.Message {
	switch scheme {
	case "session-near":
		return message.New("who.session-near")
	case "token-push":
		return message.New("who.token-push")
	}
	return message.Text(scheme)
}
