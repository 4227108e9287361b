package report

import (
	"fmt"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// DoorTable is the README's table in Markdown, for a run that measured costs and throughput. For each scheme it says
// when an ended login stops working, what a request costs a replica, and its throughput as a share of the control's.
// It has no groups, so that the guarantee stands beside its price.
func DoorTable(a *analysis.Analysis) string {
	shown := milestones(a)
	if len(shown) > 1 {
		shown = shown[1:]
	}
	t := page.Table{Head: append(page.Head("head.scheme", "door.ended", "#door.cost"),
		page.Numbers(message.New("door.throughput", "sizes", over(shown, strconv.Itoa))))}
	for _, s := range page.ByGuarantee(a.Run.Plan.AllSchemes()) {
		share := over(shown, func(n int) string {
			x := throughputOf(a, s.Name, n)
			if x.Replicas == 0 {
				return unscaled(a, s, n).String()
			}
			if s.Name == plan.Control || len(shown) == 1 {
				return controlCell(a, x).Text.String()
			}
			return fmt.Sprintf("%.2f", x.Control.Center)
		})
		t.Add(s.Name, promise(s), doorCost(a, costOf(a, s.Name)), share)
	}
	return t.Markdown(message.English)
}

// over joins what there is to say of some sizes.
func over(sizes []int, say func(int) string) string {
	var all []string
	for _, n := range sizes {
		all = append(all, say(n))
	}
	return strings.Join(all, ", ")
}

// promise says in a few words when an ended login stops working.
func promise(s plan.Scheme) message.Message {
	if s.Guarantee == plan.NoGuarantee {
		return message.New("summary.no-login")
	}
	return page.Guarantee(s.Guarantee)
}

// doorCost is a ratio and, where the scheme differs from the control, the µs that it adds.
func doorCost(a *analysis.Analysis, c analysis.Cost) page.Cell {
	if c.As != "" {
		return page.Plain(message.New("costs.as", "scheme", c.As))
	}
	text := toControl(c, best(c))
	if c.Resolved && a.DemandDrift.IsZero() {
		text += fmt.Sprintf(" (%s)", page.Significant(c.Added.Center))
	}
	return page.Plain(text)
}
