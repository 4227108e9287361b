package report

import (
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// answer is the report in a sentence or two for each question of the plan: how the schemes scaled, what they cost, what
// the bottleneck was, and how soon an ended login was refused. It claims nothing that the data does not resolve.
func answer(a *analysis.Analysis) []message.Message {
	if !a.Void.IsZero() {
		return []message.Message{message.New("answer.void")}
	}
	if len(a.Run.Measurements) == 0 && !slices.ContainsFunc(a.Experiments,
		func(f analysis.Found) bool { return f.Known() }) {
		return []message.Message{message.New("answer.nothing")}
	}
	var sentences []message.Message
	if a.Run.Plan.Scaling != nil {
		sentences = append(sentences, scaled(a))
	}
	if a.Run.Plan.Demand != nil {
		sentences = append(sentences, costs(a))
	}
	if a.Run.Plan.Scaling != nil {
		sentences = append(sentences, bottlenecks(a)...)
	}
	sentences = append(sentences, unequal(a)...)
	sentences = append(sentences, stood(a)...)
	sentences = append(sentences, waited(a)...)
	sentences = append(sentences, far(a)...)
	for _, found := range a.Experiments {
		sentences = append(sentences, found.Answer()...)
	}
	if len(sentences) == 0 {
		return []message.Message{message.New("answer.figures-alone")}
	}
	return sentences
}

// counted are the throughputs at one size that the answer may use: those of real schemes that did what they declare.
func counted(a *analysis.Analysis, size int) []analysis.Throughput {
	return slices.DeleteFunc(slices.Clone(a.Scaling), func(t analysis.Throughput) bool {
		return t.Replicas != size || isControl(t.Scheme) || !t.Unlike.IsZero()
	})
}

// scaled compares each scheme's throughput with the control's, from the smallest size to the largest.
func scaled(a *analysis.Analysis) message.Message {
	shown := milestones(a)
	if len(shown) == 0 {
		return absent(a, plan.ScalingCell, a.Run.Plan.Scaling != nil)
	}
	var parts, unknown []message.Message
	rounds := 0
	for _, scheme := range a.Run.Plan.AllSchemes() {
		var shares []message.Message
		lost := 0.0
		for _, n := range shown {
			t := throughputOf(a, scheme.Name, n)
			if isControl(scheme) || !t.Unlike.IsZero() || !t.Control.Known() {
				continue
			}
			if bothBounds(a, t) {
				unknown = append(unknown, message.New("answer.with", "what", t.Name, "replicas", n))
				continue
			}
			shares = append(shares, message.New("answer.with", "what", controlCell(a, t).Text, "replicas", n))
			lost = max(lost, t.Lost)
			if !t.Control.Why.IsZero() {
				rounds = max(rounds, t.Control.N)
			}
		}
		if len(shares) == 0 {
			continue
		}
		name := message.Text(scheme.Name)
		if lost > 0.001 {
			name = message.New("answer.loses", "scheme", scheme.Name, "lost", lost)
		}
		parts = append(parts, message.New("answer.answered", "scheme", name, "shares", shares))
	}
	if len(parts) == 0 {
		return message.New("answer.throughput-unknown")
	}
	if len(unknown) > 0 {
		parts = append(parts, message.New("answer.both-bounds", "clusters", unknown))
	}
	if rounds > 0 {
		parts = append(parts, message.New("answer.few-rounds", "count", rounds))
	}
	return message.New("answer.throughput", "budget", a.Scaling[0].Budget, "parts", parts)
}

// bothBounds reports whether a throughput and the control's with as many replicas are lower bounds: the ratio of two
// bounds is not known.
func bothBounds(a *analysis.Analysis, t analysis.Throughput) bool {
	return !t.Bound.IsZero() && !throughputOf(a, plan.Control, t.Replicas).Bound.IsZero()
}

// costs says what a request of each scheme costs a replica, and which schemes the data tells from the control.
func costs(a *analysis.Analysis) message.Message {
	var costly, same []message.Message
	var withheld []string
	for _, c := range a.Demand {
		if !c.Withheld.IsZero() && c.As == "" && !beside(a, c.Name) {
			withheld = append(withheld, c.Name)
		}
		r := best(c)
		if isControl(c.Scheme) || c.As != "" || !r.Known() || beside(a, c.Name) {
			continue
		}
		who := alike(a, c.Name)
		if c.Resolved || !decides(a) {
			costly = append(costly, message.New("answer.ratio-with", "ratio", page.Ratio(r), "scheme", who))
		} else {
			same = append(same, message.New("answer.ratio-of", "scheme", who, "ratio", page.Ratio(r)))
		}
	}
	if len(costly)+len(same) == 0 {
		return absent(a, plan.DemandCell, a.Run.Plan.Demand != nil)
	}
	var parts []message.Message
	if len(costly) > 0 {
		parts = append(parts, message.New("answer.costly", "schemes", costly))
	}
	if len(same) > 0 {
		parts = append(parts, message.New("answer.cost-alike", "schemes", same))
	}
	if len(withheld) > 0 {
		parts = append(parts, message.New("answer.cost-withheld", "schemes", withheld))
	}
	switch {
	case decides(a):
	case restarted(a):
		parts = append(parts, message.New("answer.noisy"))
	default:
		parts = append(parts, message.New("answer.few-starts"))
	}
	return message.New("answer.costs", "parts", parts)
}

// beside reports whether a scheme has a cost and nothing else: the tables show it, and the answer is about others.
func beside(a *analysis.Analysis, name string) bool {
	d := a.Run.Plan.Demand
	return d != nil && slices.Contains(d.Also, name)
}

// decides reports whether the run may call any scheme different.
func decides(a *analysis.Analysis) bool { return restarted(a) && a.Noisy.IsZero() }

// alike names a scheme, and those that were not measured because on one replica they are the same program.
func alike(a *analysis.Analysis, name string) message.Message {
	var names []string
	for _, c := range a.Demand {
		if c.As == name {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return message.Text(name)
	}
	return message.New("answer.same-program", "scheme", name, "others", names)
}

// Names of what was used up where the store was too, or nearly: no tier has these names.
const (
	both   = "both"
	nearly = "nearly both"
)

// nearlyUsed is the share of its budget from which a store may already have made requests wait.
const nearlyUsed = 0.85

// bottlenecks names the part that was used up first, for each scheme at its largest size.
func bottlenecks(a *analysis.Analysis) []message.Message {
	var sizes []int
	for _, scheme := range a.Run.Plan.AllSchemes() {
		if n := largestOf(a, scheme.Name); n > 0 && !slices.Contains(sizes, n) && !isControl(scheme) {
			sizes = append(sizes, n)
		}
	}
	slices.Sort(sizes)
	var all []message.Message
	for _, n := range sizes {
		if sentence := bottleneck(a, n); !sentence.IsZero() {
			all = append(all, sentence)
		}
	}
	if len(all) == 0 {
		all = []message.Message{message.New("answer.bottleneck-unknown")}
	}
	for _, bend := range a.Bends {
		if sentence := relieved(bend); !sentence.IsZero() {
			all = append(all, sentence)
		}
	}
	return all
}

// relieved says what a larger store changed; nothing where there are too few rounds for an interval.
func relieved(b analysis.Bend) message.Message {
	larger := message.New("answer.larger-store", "times", plan.Relief, "replicas", page.Replicas(b.Replicas),
		"scheme", b.Name, "ratio", page.Ratio(b.Relieved))
	switch {
	case b.Reached() && b.AtMost:
		return message.New("answer.relieved-at-most", "larger", larger, "from", page.Ratio(b.At))
	case b.Reached():
		return message.New("answer.relieved", "larger", larger, "from", page.Ratio(b.At))
	case b.Free() && b.Relieved.Low > 1:
		return message.New("answer.relieved-unused", "larger", larger)
	case b.Free():
		return message.New("answer.not-relieved", "larger", larger)
	case b.Relieved.Why.IsZero():
		return message.New("answer.relieved-unknown", "larger", larger)
	}
	return message.Message{}
}

// bendOf is what a larger store changed for a cluster; nothing where none was tried.
func bendOf(a *analysis.Analysis, t analysis.Throughput) analysis.Bend {
	for _, b := range a.Bends {
		if b.Name == t.Name && b.Replicas == t.Replicas {
			return b
		}
	}
	return analysis.Bend{Relieved: stats.Of(nil)}
}

// bottleneck names the part that was used up first, for the schemes whose largest size that is.
func bottleneck(a *analysis.Analysis, size int) message.Message {
	byFirst := map[string][]string{}
	for _, t := range counted(a, size) {
		if largestOf(a, t.Name) != size {
			continue
		}
		which := first(t)
		bend := bendOf(a, t)
		switch {
		case bend.Reached():
			which = "store"
		case bend.Free() && which == "store":
			which = "replica"
		case bend.Free():
		case t.StoreToo():
			which = both
		case which == "replica" && t.Busy["store"] >= nearlyUsed:
			which = nearly
		}
		byFirst[which] = append(byFirst[which], t.Name)
	}
	var parts []message.Message
	for _, which := range []string{
		"store", "replica", nearly, both, analysis.OneReplica, "balancer", "generator", machine, analysis.Nothing,
	} {
		if schemes := byFirst[which]; len(schemes) > 0 {
			parts = append(parts, limit(which, schemes))
		}
	}
	if len(parts) == 0 {
		return message.Message{}
	}
	return message.New("answer.bottlenecks", "replicas", page.Replicas(size), "parts", parts)
}

// limit says what was the limit of some schemes.
func limit(which string, schemes []string) message.Message {
	switch which {
	case "store":
		return message.New("answer.limit-store", "schemes", schemes)
	case "replica":
		return message.New("answer.limit-replica", "schemes", schemes)
	case nearly:
		return message.New("answer.limit-nearly", "schemes", schemes)
	case both:
		return message.New("answer.limit-both", "schemes", schemes)
	case analysis.OneReplica:
		return message.New("answer.limit-one-replica", "schemes", schemes)
	case "balancer":
		return message.New("answer.limit-balancer", "schemes", schemes)
	case "generator":
		return message.New("answer.limit-generator", "schemes", schemes)
	case machine:
		return message.New("answer.limit-machine", "schemes", schemes)
	default:
		return message.New("answer.limit-nothing", "schemes", schemes)
	}
}

func isControl(s plan.Scheme) bool { return s.Name == plan.Control || s.Name == plan.Twin }
