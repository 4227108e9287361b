package analysis

import (
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// cellName identifies a cell for a reader: slices with one name are counted together.
type cellName struct {
	kind         plan.Kind
	scheme, tier string
	replicas     int
	rate, share  float64
}

func nameOf(c record.Cell) cellName {
	n := cellName{kind: c.Kind, scheme: c.Scheme}
	switch {
	case c.Kind == plan.DemandCell || c.Kind == plan.CalibrationCell:
		n.tier = c.Tier
	case c.Kind == plan.LatencyCell || c.Kind == plan.TargetCell:
		n.rate = c.Rate
	case c.Kind == plan.LadderCell && c.Share > 0:
		n.share = c.Share
	default:
		n.replicas = c.Replicas
	}
	return n
}

// label names a cell as a reader would.
func (n cellName) label() message.Sentence {
	switch {
	case n.kind == plan.DemandCell || n.kind == plan.CalibrationCell:
		return message.Say("cell.of-tier", "kind", string(n.kind), "scheme", n.scheme, "tier", message.Tier(n.tier))
	case n.kind == plan.LatencyCell:
		return message.Say("cell.at-rate", "kind", string(n.kind), "scheme", n.scheme, "rate", n.rate)
	case n.share > 0:
		return message.Say("cell.at-load", "kind", string(n.kind), "scheme", n.scheme, "share", n.share)
	case n.kind == plan.TargetCell && n.rate > 0:
		return message.Say("cell.target-at-rate", "scheme", n.scheme, "rate", n.rate)
	case n.kind == plan.TargetCell:
		return message.Say("cell.target-closed", "scheme", n.scheme)
	default:
		return message.Say("cell.of-size", "kind", string(n.kind), "scheme", n.scheme, "replicas", n.replicas)
	}
}
