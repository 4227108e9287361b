package analysis

import (
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Skew is what a cluster does when some users come more often than others, or what it does when they do not.
type Skew struct {
	Name     string      `json:"scheme"` // the scheme's name
	Scheme   plan.Scheme `json:"-"`
	Replicas int         `json:"replicas"` // their number
	// Hottest is the share of the requests that the user sent who came most often; 0 where they came in turn.
	Hottest float64 `json:"hottest_user,omitempty"`
	// Busiest is the share of the answers that came from the replica with most of them; with requests spread evenly it is
	// 1 ÷ Replicas.
	Busiest  float64 `json:"busiest_replica"`
	StoreOps float64 `json:"store_operations"` // per request, as the store counts them
	// Hits is the share of the requests that found their session in the replica's cache, from StoreOps; Expected is the
	// share by the scheme's design. Both are 0 where the cache has room for all, or there is none.
	Hits     float64 `json:"found_in_cache,omitempty"`
	Expected float64 `json:"found_in_cache_expected,omitempty"`
	// Even is the throughput ÷ the throughput of Than, the same scheme with users who come equally often, in the same
	// round. Than is empty where there is none.
	Than string         `json:"than,omitempty"`
	Even stats.Estimate `json:"ratio_to_even,omitzero"`
}

// skews looks at the schemes that the plan lets unequal users come to, and at those with which they are compared.
func (a *Analysis) skews() {
	schemes := a.Run.Plan.AllSchemes()
	named := func(name string) bool {
		return slices.ContainsFunc(schemes, func(s plan.Scheme) bool { return s.Name == name })
	}
	for _, s := range schemes {
		drawn := slices.ContainsFunc(schemes, func(other plan.Scheme) bool {
			return other.Identities.Drawn && (other.Name == s.Name || other.Of == s.Name)
		})
		if !drawn {
			continue
		}
		than := s.Of
		if even := s.Of + "+zipf-0"; named(even) { // drawn too, so that only the shares of the users differ
			than = even
		}
		if !named(than) || than == s.Name {
			than = ""
		}
		for _, n := range a.Run.Plan.Scaling.Replicas {
			own := a.cells(s.Name, n)
			if len(own) == 0 {
				continue
			}
			k := skewOf(s, n, own)
			if than != "" {
				k.Than, k.Even = than, ratios(own, a.cells(than, n), a.launches()/float64(max(1, visited(own))))
			}
			a.Skews = append(a.Skews, k)
		}
	}
}

// cells returns the scaling slices of a scheme at one size.
func (a *Analysis) cells(scheme string, replicas int) []*measure.Measurement {
	return a.valid(func(m *measure.Measurement) bool {
		return m.Kind == plan.ScalingCell && m.Scheme == scheme && m.Replicas == replicas
	})
}

func skewOf(s plan.Scheme, replicas int, own []*measure.Measurement) Skew {
	var hottest, busiest, ops []float64
	for _, m := range own {
		hottest, ops = append(hottest, m.Hottest), append(ops, m.StoreOps)
		var most, all uint64
		for _, n := range m.Answers {
			most, all = max(most, n), all+n
		}
		if all > 0 {
			busiest = append(busiest, float64(most)/float64(all))
		}
	}
	k := Skew{
		Name: s.Name, Scheme: s, Replicas: replicas, Hottest: stats.Median(hottest), Busiest: stats.Median(busiest),
		StoreOps: stats.Median(ops),
	}
	if s.MissOps > 0 {
		k.Hits, k.Expected = 1-k.StoreOps/s.MissOps, 1-s.StoreOps/s.MissOps
	}
	return k
}
