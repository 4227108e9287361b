package analysis

import (
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Rung is what a request costs a replica at one load.
type Rung struct {
	Name  string         `json:"scheme"` // the scheme's name
	Share float64        `json:"share"`  // of the rate that saturates; 1 is saturation
	Rate  float64        `json:"rate"`   // requests/s, median
	Busy  float64        `json:"busy"`   // share of its core, median
	CPU   stats.Estimate `json:"cpu_us"` // µs per request
	// Ratio is CPU ÷ the CPU of the same scheme at saturation in the same round: by how much more a request costs under
	// little load.
	Ratio    stats.Estimate `json:"ratio_to_saturation"`
	Switches float64        `json:"switches"` // context switches per request, median
}

// ladder finds how the CPU per request of each scheme depends on the load.
func (a *Analysis) ladder() {
	l := a.Run.Plan.Ladder
	if l == nil {
		return
	}
	shares := append(slices.Clone(l.Shares), 1)
	for _, scheme := range a.Run.Plan.DemandSchemes() {
		cells := a.valid(func(m *measure.Measurement) bool { // one without rest that had some is at no load of the ladder
			return m.Kind == plan.LadderCell && m.Scheme == scheme.Name &&
				(m.Share != 0 || m.Busy["replica"] >= record.Saturated)
		})
		saturated := map[int]float64{} // µs by round
		for _, m := range cells {
			if m.Share == 0 {
				saturated[m.Round] = micros(m, "replica")
			}
		}
		for _, share := range shares {
			if r, ok := rung(scheme.Name, share, cells, saturated); ok {
				a.Ladder = append(a.Ladder, r)
			}
		}
	}
}

func rung(name string, share float64, cells []*measure.Measurement, saturated map[int]float64) (Rung, bool) {
	var rate, busy, cpu, ratio, switches []float64
	for _, m := range cells {
		if m.Share != share && (m.Share != 0 || share != 1) {
			continue
		}
		us := micros(m, "replica")
		rate, busy, cpu, switches = append(rate, m.Throughput), append(busy, m.Busy["replica"]), append(cpu, us),
			append(switches, m.Switches)
		if s := saturated[m.Round]; s > 0 && share != 1 {
			ratio = append(ratio, us/s)
		}
	}
	r := Rung{name, share, stats.Median(rate), stats.Median(busy), stats.Of(cpu), stats.Of(ratio), stats.Median(switches)}
	return r, len(cpu) > 0
}
