package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// answer is the report in a sentence or two for each question of the plan: how the schemes scaled, what they cost, what
// the bottleneck was, and how soon an ended login was refused. It claims nothing that the data does not resolve.
func answer(a *analysis.Analysis) []string {
	if !a.Void.IsZero() {
		return []string{"This run has no answer: an answer reached the wrong user."}
	}
	if len(a.Run.Measurements) == 0 && !slices.ContainsFunc(a.Experiments,
		func(f analysis.Found) bool { return f.Known() }) {
		return []string{"This run has no answer: nothing was measured."}
	}
	var sentences []string
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
		sentences = append(sentences, message.Texts(found.Answer())...)
	}
	if len(sentences) == 0 {
		return []string{"This plan asks for figures alone, which the sections below have: no row is compared with another."}
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
func scaled(a *analysis.Analysis) string {
	shown := milestones(a)
	if len(shown) == 0 {
		return absent(a, plan.ScalingCell, a.Run.Plan.Scaling != nil) + "."
	}
	var parts, unknown []string
	rounds := 0
	for _, scheme := range a.Run.Plan.AllSchemes() {
		var shares []string
		lost := 0.0
		for _, n := range shown {
			t := throughputOf(a, scheme.Name, n)
			if isControl(scheme) || !t.Unlike.IsZero() || !t.Control.Known() {
				continue
			}
			if bothBounds(a, t) {
				unknown = append(unknown, fmt.Sprintf("%s with %d", t.Name, n))
				continue
			}
			shares = append(shares, fmt.Sprintf("%s with %d", controlCell(a, t).Text, n))
			lost = max(lost, t.Lost)
			if t.Control.Why != "" {
				rounds = max(rounds, t.Control.N)
			}
		}
		if len(shares) == 0 {
			continue
		}
		name := scheme.Name
		if lost > 0.001 {
			name += fmt.Sprintf(" (where up to %.0f %% of the requests met a replica that did not know the login)", 100*lost)
		}
		parts = append(parts, name+" answered "+page.Enumerate(shares))
	}
	if len(parts) == 0 {
		return "How the throughput of any scheme compares with the control's is not known."
	}
	text := fmt.Sprintf("As a share of the correct answers of a server without authentication with as many replicas, of "+
		"%s core each: %s", strconv.FormatFloat(a.Scaling[0].Budget, 'g', 3, 64), strings.Join(parts, "; "))
	if len(unknown) > 0 {
		text += fmt.Sprintf("; it is not known of %s, where both are lower bounds", page.Enumerate(unknown))
	}
	if rounds > 0 {
		text += fmt.Sprintf("; %s too few for an interval, so take the figures as rough", page.Quantity(rounds, "round is",
			"rounds are"))
	}
	return text + "."
}

// bothBounds reports whether a throughput and the control's with as many replicas are lower bounds: the ratio of two
// bounds is not known.
func bothBounds(a *analysis.Analysis, t analysis.Throughput) bool {
	return !t.Bound.IsZero() && !throughputOf(a, plan.Control, t.Replicas).Bound.IsZero()
}

// costs says what a request of each scheme costs a replica, and which schemes the data tells from the control.
func costs(a *analysis.Analysis) string {
	var costly, same, withheld []string
	for _, c := range a.Demand {
		if !c.Withheld.IsZero() && c.As == "" && !beside(a, c.Name) {
			withheld = append(withheld, c.Name)
		}
		r := best(c)
		if isControl(c.Scheme) || c.As != "" || !r.Known() || beside(a, c.Name) {
			continue
		}
		who := c.Name + alike(a, c.Name)
		if c.Resolved || !decides(a) {
			costly = append(costly, page.Ratio(r)+" × with "+who)
		} else {
			same = append(same, who+" ("+page.Ratio(r)+")")
		}
	}
	if len(costly)+len(same) == 0 {
		return absent(a, plan.DemandCell, a.Run.Plan.Demand != nil) + "."
	}
	var parts []string
	if len(costly) > 0 {
		parts = append(parts, "the CPU time that a request takes a replica is "+page.Enumerate(costly))
	}
	if len(same) > 0 {
		parts = append(parts, "this run cannot tell the cost of "+page.Enumerate(same)+" from the control's")
	}
	if len(withheld) > 0 {
		parts = append(parts, "it is withheld for "+page.Enumerate(withheld)+", because most of their slices do not count")
	}
	text := "Compared with a server without authentication, " + strings.Join(parts, "; ")
	switch {
	case decides(a):
	case restarted(a):
		text += "; but the control does not agree with itself well enough to call any of this a difference"
	default:
		text += "; the processes were started too few times to tell a scheme's doing from a start's luck, so no row is " +
			"said to cost more"
	}
	return text + "."
}

// beside reports whether a scheme has a cost and nothing else: the tables show it, and the answer is about others.
func beside(a *analysis.Analysis, name string) bool {
	d := a.Run.Plan.Demand
	return d != nil && slices.Contains(d.Also, name)
}

// decides reports whether the run may call any scheme different.
func decides(a *analysis.Analysis) bool { return restarted(a) && a.Noisy.IsZero() }

// alike names the schemes that were not measured because on one replica they are the same program.
func alike(a *analysis.Analysis, name string) string {
	var names []string
	for _, c := range a.Demand {
		if c.As == name {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (and " + page.Enumerate(names) + ", the same program on one replica)"
}

// Names of what was used up where the store was too, or nearly: no tier has these names.
const (
	both   = "replica and store"
	nearly = "replica, and nearly the store"
)

// nearlyUsed is the share of its budget from which a store may already have made requests wait.
const nearlyUsed = 0.85

// bottlenecks names the part that was used up first, for each scheme at its largest size.
func bottlenecks(a *analysis.Analysis) []string {
	var sizes []int
	for _, scheme := range a.Run.Plan.AllSchemes() {
		if n := largestOf(a, scheme.Name); n > 0 && !slices.Contains(sizes, n) && !isControl(scheme) {
			sizes = append(sizes, n)
		}
	}
	slices.Sort(sizes)
	var all []string
	for _, n := range sizes {
		if sentence := bottleneck(a, n); sentence != "" {
			all = append(all, sentence)
		}
	}
	if len(all) == 0 {
		all = []string{"Which part is used up first is therefore not known."}
	}
	for _, bend := range a.Bends {
		if sentence := relieved(bend); sentence != "" {
			all = append(all, sentence)
		}
	}
	return all
}

// relieved says what a larger store changed; "" where the run cannot tell.
func relieved(b analysis.Bend) string {
	larger := fmt.Sprintf("With a store of %d times the CPU, the same %s of %s answered %s × as much", plan.Relief,
		page.Replicas(b.Replicas), b.Name, page.Ratio(b.Relieved))
	switch {
	case b.Reached() && b.AtMost:
		return larger + fmt.Sprintf(", and filled that one too: the store is the bottleneck from %s replicas on, or fewer.",
			page.Ratio(b.At))
	case b.Reached():
		return larger + fmt.Sprintf(": the store is the bottleneck from %s replicas on.", page.Ratio(b.At))
	case b.Free() && b.Relieved.Low > 1:
		return larger + ", although their own was not used up."
	case b.Free():
		return larger + ": the store is not the bottleneck there."
	}
	return ""
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
func bottleneck(a *analysis.Analysis, size int) string {
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
	var parts []string
	for _, w := range []struct{ first, sentence string }{
		{"store", "the store that all replicas share was the limit for %s, so more replicas would not have answered more"},
		{"replica", "the replicas themselves were the limit for %s, and nothing that they share stood in their way"},
		{nearly, "the replicas themselves were the limit for %s, while their store had so little left of its budget that " +
			"it may have stood in their way, too"},
		{both, "the replicas and the store that they share had both used up their budgets for %s, so which of them stood " +
			"in the way is not known"},
		{analysis.OneReplica, "the busiest replica was used up for %s while the replicas together were not"},
		{"balancer", "the balancer was the limit for %s, so what they can do stays unknown here"},
		{"generator", "the load generator was the limit for %s, so what they can do stays unknown here"},
		{"the machine", "the whole machine was full for %s before any budget was, so what they can do stays unknown here"},
		{analysis.Nothing, "no budget was used up for %s and nothing shared was full: the replicas waited for something " +
			"that is not CPU, so what they can do stays unknown here"},
	} {
		if rows := byFirst[w.first]; len(rows) > 0 {
			parts = append(parts, fmt.Sprintf(w.sentence, page.Enumerate(rows)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("At %s, %s.", page.Replicas(size), strings.Join(parts, "; "))
}

func isControl(s plan.Scheme) bool { return s.Name == plan.Control || s.Name == plan.Twin }
