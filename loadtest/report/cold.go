package report

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// coldApart is by how much the share of the control's throughput and the share that the cost of a request lets expect
// must differ before the report explains the difference.
const coldApart = 1.1

// cold says why a scheme keeps less of the control's throughput under a small budget than the cost of its requests
// without a budget lets expect. It speaks of the scheme where the two differ most, at the smallest size, where no store
// is full. It says nothing where one of the two was not measured, or where they agree.
func cold(a *analysis.Analysis) []message.Message {
	if len(a.Run.Plan.Scaling.Replicas) == 0 {
		return nil
	}
	size := a.Run.Plan.Scaling.Replicas[0]
	control, base := costOf(a, plan.Control), throughputOf(a, plan.Control, size)
	if !control.CPU.Known() || base.Cost["replica"] == 0 {
		return nil
	}
	most := coldApart
	var said []message.Message
	for _, c := range a.Demand {
		x := throughputOf(a, c.Name, size)
		ratio := best(c)
		if isControl(c.Scheme) || !ratio.Known() || !x.Control.Known() || !x.Unlike.IsZero() ||
			!x.Bound.IsZero() || ratio.Center*x.Control.Center*most > 1 {
			continue
		}
		most = 1 / (ratio.Center * x.Control.Center)
		said = []message.Message{message.New("throughput.cold", "replicas", page.Replicas(size), "scheme", c.Name,
			"share", x.Control.Center, "expected", 1/ratio.Center, "budget", x.Budget,
			"here", page.Significant(x.Cost["replica"]), "there", page.Significant(c.CPU.Center),
			"control_here", page.Significant(base.Cost["replica"]),
			"control_there", page.Significant(control.CPU.Center))}
	}
	return said
}
