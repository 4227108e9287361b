package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/plan"
)

// answer is the report in three sentences: how the rows scaled, what they cost, and what stood in the way.
func answer(a *analysis.Analysis) []string {
	if a.Void != "" {
		return []string{"This run has no answer: an answer reached the wrong user."}
	}
	return []string{scaled(a), costs(a), wall(a)}
}

// scaled compares the largest size with the smallest.
func scaled(a *analysis.Analysis) string {
	var parts []string
	largest, smallest := 0, 0
	for _, t := range a.Scaling {
		largest = max(largest, t.Replicas)
		if smallest == 0 || t.Replicas < smallest {
			smallest = t.Replicas
		}
	}
	for _, t := range a.Scaling {
		if t.Replicas == largest && largest > smallest && !isControl(t.Scheme) && t.Speedup.Known() {
			parts = append(parts, fmt.Sprintf("%s answered %s times as much", t.Scheme.Name, ratio(t.Speedup)))
		}
	}
	if len(parts) == 0 {
		return "How throughput grows with replicas was not measured in this run."
	}
	return fmt.Sprintf("With %d replicas instead of %d, %s.", largest, smallest, enumerate(parts))
}

// costs says what a request of each row costs a replica.
func costs(a *analysis.Analysis) string {
	var parts []string
	within := false
	for _, c := range a.Demand {
		if isControl(c.Scheme) || c.As != "" || !c.Within.Known() {
			continue
		}
		r := c.Ratio
		if r.Why != "" {
			r, within = c.Within, true
		}
		switch {
		case within || c.Resolved:
			parts = append(parts, fmt.Sprintf("%s × for %s", ratio(r), c.Scheme.Name))
		default:
			parts = append(parts, fmt.Sprintf("the same for %s as far as this run can tell (%s)", c.Scheme.Name, ratio(r)))
		}
	}
	if len(parts) == 0 {
		return "What a request costs was not measured in this run."
	}
	text := "Compared with a server that authenticates nobody, a replica's CPU time for a request is " + enumerate(parts)
	if within {
		text += "; the processes were not restarted often enough to say that this is the schemes' doing and not one start's luck"
	}
	return text + "."
}

// wall names the part that was used up first at the largest size.
func wall(a *analysis.Analysis) string {
	largest := 0
	for _, t := range a.Scaling {
		largest = max(largest, t.Replicas)
	}
	byTier := map[string][]string{}
	for _, t := range a.Scaling {
		if t.Replicas == largest && !isControl(t.Scheme) {
			byTier[t.First] = append(byTier[t.First], t.Scheme.Name)
		}
	}
	var parts []string
	for _, tier := range []string{"store", "replica", "balancer", "generator", ""} {
		rows := enumerate(byTier[tier])
		switch {
		case rows == "":
		case tier == "":
			parts = append(parts, "nothing was used up for "+rows)
		case tier == "replica":
			parts = append(parts, "the replicas themselves were the limit for "+rows+", so more of them would answer more")
		case tier == "store":
			parts = append(parts, "the store that all replicas share was the limit for "+rows+", so more replicas would not answer more")
		default:
			parts = append(parts, "the "+tier+" was the limit for "+rows+", so this machine could not show theirs")
		}
	}
	if len(parts) == 0 {
		return "Which part is used up first was not measured in this run."
	}
	return fmt.Sprintf("At %d replicas %s.", largest, strings.Join(parts, "; "))
}

func isControl(s plan.Scheme) bool { return s.Name == plan.Control || s.Name == plan.Twin }

func enumerate(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
