package analysis

import (
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// PeerCost compares a scheme of the lab with a peer, which is built with another library. Samples are starts, or, where
// the ratio moved while the run went on, equal parts of its time.
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
	costs := map[string]map[int]float64{} // µs by scheme and round
	for _, m := range cells {
		if costs[m.Scheme] == nil {
			costs[m.Scheme] = map[int]float64{}
		}
		costs[m.Scheme][m.Round] = micros(m, "replica")
	}
	for _, peer := range a.Run.Plan.AllSchemes() {
		if peer.Peer == "" || costs[peer.Peer] == nil || costs[peer.Name] == nil {
			continue
		}
		starts := a.Run.Plan.Demand.Starts()
		ratios, more, theirMore := newGrouped(starts, cells), newGrouped(starts, cells), newGrouped(starts, cells)
		for _, m := range cells {
			their, control := costs[peer.Name][m.Round], costs[plan.Control][m.Round]
			if m.Scheme == peer.Peer && their > 0 && control > 0 {
				us := micros(m, "replica")
				ratios.add(m, us/their)
				more.add(m, us-control)
				theirMore.add(m, their-control)
			}
		}
		total, added := ratios.launches, quotients(more.launches, theirMore.launches)
		if moved(ratios.all) {
			total, added = ratios.parts, quotients(more.parts, theirMore.parts)
		}
		a.Peers = append(a.Peers, PeerCost{peer.Peer, peer.Name, stats.Of(medians(total)), stats.Of(added)})
	}
}

// quotients are the medians of groups ÷ those of other groups, where these are above 0.
func quotients(of, by [][]float64) (all []float64) {
	for i := range of {
		if m := stats.Median(by[i]); m > 0 {
			all = append(all, stats.Median(of[i])/m)
		}
	}
	return all
}
