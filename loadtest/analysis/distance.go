package analysis

import (
	"slices"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Distance is how much longer requests take with a scheme's store at its distance. Times are medians of slices, from
// when a request was due; differences are between slices of one round.
type Distance struct {
	Name   string        `json:"scheme"` // the scheme's name
	Scheme plan.Scheme   `json:"-"`
	Rate   float64       `json:"rate"`     // requests/s
	Delay  time.Duration `json:"delay_ns"` // by how much the round trip to the store is longer; 0: the store is near
	P50    time.Duration `json:"p50_ns"`   // median over the slices
	// Added is how much longer a request takes than with the store near, in ms. Trips is the same in round trips: how
	// often a request waits for the store. Both are unknown where the store is near, or was not measured near.
	Added stats.Estimate `json:"added_ms,omitzero"`
	Trips stats.Estimate `json:"round_trips,omitzero"`
	// Behind is how much longer a request takes than with Token, the scheme with tokens that asks no store, in ms.
	Token  string         `json:"token,omitempty"`
	Behind stats.Estimate `json:"behind_token_ms,omitzero"`
}

// Slower reports whether the scheme is known to be slower than tokens. Faster is the opposite; where neither holds, the
// data does not tell them apart.
func (d *Distance) Slower() bool {
	return d.Behind.Known() && d.Behind.Excludes(0) && d.Behind.Center > 0
}

// Faster reports whether the scheme is known to be faster than tokens.
func (d *Distance) Faster() bool {
	return d.Behind.Known() && d.Behind.Excludes(0) && d.Behind.Center < 0
}

// distances compares the schemes with a store, near and far, where the plan moves the store of any of them.
func (a *Analysis) distances() {
	schemes := a.Run.Plan.LatencySchemes()
	if !slices.ContainsFunc(schemes, func(s plan.Scheme) bool { return s.StoreDelay > 0 }) {
		return
	}
	token := ""
	if i := slices.IndexFunc(schemes, func(s plan.Scheme) bool { return s.Alg != "" && !s.Store }); i >= 0 {
		token = schemes[i].Name
	}
	for _, rate := range a.Run.Plan.Latency.Rates {
		visited := map[string][]*measure.Measurement{}
		for _, m := range a.valid(func(m *measure.Measurement) bool {
			return m.Kind == plan.LatencyCell && m.Rate == rate && m.Corrected != nil
		}) {
			visited[m.Scheme] = append(visited[m.Scheme], m)
		}
		for _, s := range schemes {
			own := visited[s.Name]
			if !s.Store || s.Identities.Drawn || len(own) == 0 {
				continue
			}
			d := Distance{Name: s.Name, Scheme: s, Rate: rate, Delay: s.StoreDelay, P50: typical(own)}
			if added := longer(own, visited[s.Of]); s.StoreDelay > 0 && len(added) > 0 {
				d.Added, d.Trips = stats.Of(added), stats.Of(each(added, ms(s.StoreDelay)))
			}
			if behind := longer(own, visited[token]); len(behind) > 0 {
				d.Token, d.Behind = token, stats.Of(behind)
			}
			a.Distances = append(a.Distances, d)
		}
	}
}

// longer returns by how many ms the medians of slices are above those of other slices of the same rounds.
func longer(own, base []*measure.Measurement) (all []float64) {
	round := map[int]*measure.Measurement{}
	for _, m := range base {
		round[m.Round] = m
	}
	for _, m := range own {
		if b := round[m.Round]; b != nil {
			all = append(all, ms(median(m))-ms(median(b)))
		}
	}
	return all
}

// median is a slice's median latency from when requests were due.
func median(m *measure.Measurement) time.Duration {
	return time.Duration(m.Corrected.ValueAtQuantile(50))
}

// typical is the median over slices of their median latency.
func typical(own []*measure.Measurement) time.Duration {
	var all []float64
	for _, m := range own {
		all = append(all, float64(median(m)))
	}
	return time.Duration(stats.Median(all))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// each divides all samples.
func each(samples []float64, by float64) []float64 {
	out := make([]float64, len(samples))
	for i, s := range samples {
		out[i] = s / by
	}
	return out
}
