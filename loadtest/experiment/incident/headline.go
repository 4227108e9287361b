package incident

import (
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Headline implements experiment.Headlined: what a store that stops does to sessions and to tokens, what one that comes
// back empty does, and what a logout is worth on a day without a fault.
func (f *Findings) Headline() []page.Verdict {
	var all []page.Verdict
	session, token := f.first(InStore), f.first(Stateless)
	if session != "" && token != "" {
		all = append(all, f.outage(session, token, "store-down", "store-hangs", "store-demoted")...)
		all = append(all, f.loss(session, token, "store-emptied", "login-storm", "store-evicts")...)
		all = append(all, f.afterLogout(session, token)...)
	}
	if len(all) == 0 {
		count := f.count()
		v := verdict("hypotheses", message.Say("incident.title"))
		v.Figure = message.Say("incident.headline-count", "held", count[Held], "of", count[Held]+count[Broken]+count[Unknown])
		v.Says = message.Say("incident.answer", "held", count[Held],
			"of", count[Held]+count[Broken]+count[Unknown], "unknown", count[Unknown])
		all = []page.Verdict{v}
	}
	for k := range all {
		all[k].Setup = message.Say("incident.headline-setup", "replicas", page.Replicas(f.part.Replicas), "rate", f.rate,
			"times", f.part.Times)
	}
	return all
}

// first is the plan's first scheme of a group; "" where it has none.
func (f *Findings) first(g Group) string {
	for _, s := range f.schemes {
		if groupOf(s) == g {
			return s.Name
		}
	}
	return ""
}

func verdict(id string, asks message.Sentence) page.Verdict {
	return page.Verdict{ID: id, Section: key, Asks: asks}
}

// known are the two cells of the first of some incidents whose verdicts are known.
func (f *Findings) known(session, token string, incidents ...string) (i Incident, one, other *Cell) {
	for _, name := range incidents {
		one, other = f.of(name, session), f.of(name, token)
		if one != nil && other != nil && one.judged() && other.judged() {
			i, _ = named(name)
			return i, one, other
		}
	}
	return Incident{}, nil, nil
}

func (c *Cell) judged() bool { return c.Verdict == Held || c.Verdict == Broken }

func (f *Findings) outage(session, token string, incidents ...string) []page.Verdict {
	i, one, other := f.known(session, token, incidents...)
	if one == nil {
		return nil
	}
	v := verdict("outage", message.Sentence{Message: i.Title})
	v.Figure = message.Say("incident.headline-pair", "one", page.Seconds(one.Worst.Longest),
		"other", page.Seconds(other.Worst.Longest))
	v.Says = message.Say("incident.headline-outage", "incident", i.Title, "fault", page.Seconds(f.part.Fault),
		"session", session, "longest", page.Seconds(one.Worst.Longest), "token", token, "failed", other.Worst.Failed)
	return []page.Verdict{v}
}

func (f *Findings) loss(session, token string, incidents ...string) []page.Verdict {
	i, one, other := f.known(session, token, incidents...)
	if one == nil {
		return nil
	}
	v := verdict("loss", message.Sentence{Message: i.Title})
	v.Figure = message.Say("incident.headline-users", "one", one.Worst.LoggedOut, "other", other.Worst.LoggedOut)
	v.Says = message.Say("incident.headline-loss", "incident", i.Title, "session", session, "lost", one.Worst.LoggedOut,
		"token", token, "kept", other.Worst.LoggedOut)
	return []page.Verdict{v}
}

func (f *Findings) afterLogout(session, token string) []page.Verdict {
	_, one, other := f.known(session, token, Calm)
	if one == nil {
		return nil
	}
	v := verdict("logout", message.Say("incident.headline-logout-asks"))
	v.Figure = message.Say("incident.headline-pair", "one", one.Worst.Admitted, "other", other.Worst.Admitted)
	v.Says = message.Say("incident.headline-logout", "session", session, "none", one.Worst.Admitted,
		"token", token, "admitted", other.Worst.Admitted)
	return []page.Verdict{v}
}

// Unresolved implements experiment.Unresolved.
func (f *Findings) Unresolved() message.Message {
	count := f.count()
	if count[Unknown] == 0 {
		return message.Message{}
	}
	return message.New("incident.unresolved", "n", count[Unknown], "of", count[Held]+count[Broken]+count[Unknown])
}

func (f *Findings) count() map[Verdict]int {
	count := map[Verdict]int{}
	for _, c := range f.Cells {
		count[c.Verdict]++
	}
	return count
}

// endsBySelf reports whether a login of the cell's scheme ends by expiry alone, so that its ended logins are admitted
// whatever breaks.
func (c *Cell) endsBySelf() bool { return c.scheme.Guarantee == plan.AtExpiry && c.Incident != Calm }
