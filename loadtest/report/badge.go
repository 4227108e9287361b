package report

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// badges say how far the run may be trusted, the worst first.
func badges(a *analysis.Analysis) (all []page.Badge) {
	add := func(s page.State, why message.Message) {
		all = append(all, page.Badge{State: s, Why: message.Sentence{Message: why}})
	}
	if !a.Void.IsZero() {
		add(page.Void, message.New("badge.void-why", "why", a.Void))
	}
	if d := a.Run.Damage; len(d) > 0 {
		add(page.Damaged, message.New("badge.damaged-why", "damage", d))
	}
	switch {
	case !a.Partial.IsZero():
		add(page.Partial, message.New("badge.partial-why", "why", a.Partial))
	case nothingKnown(a):
		add(page.Empty, message.New("missing.nothing-measured"))
	}
	if parts := standIns(a); len(parts) > 0 {
		add(page.Embedded, message.New("badge.embedded-why", "parts", parts))
	}
	all = append(all, restless(a)...)
	if len(all) == 0 {
		add(page.Valid, valid(a))
	}
	return all
}

// valid says what a valid run's figures stand on.
func valid(a *analysis.Analysis) message.Message {
	counted := 0
	for _, m := range a.Measurements {
		if m.Valid() {
			counted++
		}
	}
	switch {
	case counted == 0:
		return message.New("badge.valid-whole")
	case a.Floor.Known():
		return message.New("badge.valid-floor", "slices", counted, "of", len(a.Measurements), "floor", page.Ratio(a.Floor))
	}
	return message.New("badge.valid-slices", "slices", counted, "of", len(a.Measurements))
}

// standIns are the parts that come with the lab and stood in for real ones.
func standIns(a *analysis.Analysis) (parts []message.Message) {
	for _, p := range a.Run.Environment.Parts {
		if p.Embedded {
			parts = append(parts, message.New("notice.stand-in", "name", p.Name, "role", message.Tier(p.Role)))
		}
	}
	return parts
}

// restless says why some figures are less certain than their intervals say.
func restless(a *analysis.Analysis) (out []page.Badge) {
	add := func(s page.State, why message.Message) {
		out = append(out, page.Badge{State: s, Why: message.Sentence{Message: why}})
	}
	if s := a.Run.Environment.Selftest; s != nil {
		if took, quiet := analysis.Interference(s.Machine); !took.IsZero() && !quiet {
			add(page.Disturbed, message.New("badge.disturbed-why", "took", took))
		}
	}
	if !a.Pressed.IsZero() {
		add(page.Pressed, message.New("badge.pressed-why", "why", a.Pressed))
	}
	if !a.Noisy.IsZero() && anyCost(a) {
		add(page.Noisy, message.New("badge.noisy-why", "why", a.Noisy))
	}
	for _, d := range []struct {
		why  message.Sentence
		what message.Message
	}{{a.DemandDrift, message.New("notice.costs")}, {a.ScalingDrift, message.New("notice.throughputs")}} {
		if !d.why.IsZero() {
			add(page.Drifted, message.New("badge.drifted-why", "why", d.why, "what", d.what))
		}
	}
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(experiment.Unresolved); ok && found.Known() && !f.Unresolved().IsZero() {
			add(page.Unresolved, f.Unresolved())
		}
	}
	return out
}

// notices are what else a reader must know to read the answer.
func notices(a *analysis.Analysis) (out []message.Message) {
	if !a.Heaps.IsZero() {
		out = append(out, message.New("notice.heaps", "why", a.Heaps))
	}
	return out
}
