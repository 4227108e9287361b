package analysis

import (
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// PeerCost compares a scheme of the lab with a peer, which is built with another library. Samples are starts.
type PeerCost struct {
	Name string `json:"scheme"` // the scheme's name
	Peer string `json:"peer"`   // the other library's scheme
	// Total is the cost of the complete request ÷ the peer's, of the same round.
	Total stats.Estimate `json:"ratio_of_totals"`
	// Added is what the scheme adds to the control ÷ what the peer adds, of the same rounds: the part that the two do not
	// share.
	Added stats.Estimate `json:"ratio_of_added"`
}

// peers compares every scheme of the plan with its peers. A ratio of two small differences within one round would
// mostly be noise, so the medians of the differences over a start are divided.
func (a *Analysis) peers(cells []*measure.Measurement) {
	type start map[int]float64 // µs by round
	costs := map[string]map[int]start{}
	for _, m := range cells {
		if costs[m.Scheme] == nil {
			costs[m.Scheme] = map[int]start{}
		}
		if costs[m.Scheme][m.Restart] == nil {
			costs[m.Scheme][m.Restart] = start{}
		}
		costs[m.Scheme][m.Restart][m.Round] = micros(m, "replica")
	}
	for _, peer := range a.Run.Plan.AllSchemes() {
		if peer.Peer == "" || costs[peer.Peer] == nil || costs[peer.Name] == nil {
			continue
		}
		var total, added []float64
		for restart, ours := range costs[peer.Peer] {
			var ratios, more, theirMore []float64
			for round, us := range ours {
				their, control := costs[peer.Name][restart][round], costs[plan.Control][restart][round]
				if their > 0 && control > 0 {
					ratios, more, theirMore = append(ratios, us/their), append(more, us-control), append(theirMore, their-control)
				}
			}
			if len(ratios) == 0 {
				continue
			}
			total = append(total, stats.Median(ratios))
			if m := stats.Median(theirMore); m > 0 {
				added = append(added, stats.Median(more)/m)
			}
		}
		a.Peers = append(a.Peers, PeerCost{peer.Peer, peer.Name, stats.Of(total), stats.Of(added)})
	}
}
