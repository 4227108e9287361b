package choice

import (
	"cmp"
	"slices"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/experiment/memory"
	"authlab/loadtest/experiment/replay"
	"authlab/loadtest/stats"
)

// Store is what a scheme asks of its store.
type Store struct {
	Commands float64 `json:"commands_per_request"` // as the store counted them
	// Background is by design: commands/s of each replica, besides requests.
	Background float64 `json:"commands_per_s_of_replica"`
	// CPU is µs per request of a full store, under a budget of Cores.
	CPU    stats.Estimate `json:"cpu_us,omitzero"`
	Cores  float64        `json:"cores,omitempty"`      // the budget under which CPU was measured
	Load   []Load         `json:"load"`                 // as for replicas, for a store on a core of its own
	Replay bool           `json:"measured_by_a_replay"` // the plan's replay measured CPU, on a core of its own
	Redis  bool           `json:"one_thread"`           // it uses one core, however many it has
	Waits  []Wait         `json:"waits"`                // by rising distance, which begins at 0
}

// Wait is how much longer the median request takes with the store further away.
type Wait struct {
	Distance float64        `json:"distance_ms"` // by which the round trip is longer than in this run
	Added    stats.Estimate `json:"added_ms"`    // to the median request
}

func storeOf(a *analysis.Analysis, c analysis.Cost) *Store {
	if !c.Scheme.Store {
		return nil
	}
	s := &Store{
		Commands: c.StoreOps, Background: c.Scheme.Background, Redis: !c.Scheme.Postgres,
		Waits: []Wait{{0, stats.Estimate{N: 1}}},
	}
	for _, t := range a.Tiers {
		if t.Tier == "store" && t.Scheme == c.Name && t.CPU.Known() && t.Withheld.IsZero() {
			s.CPU, s.Cores = t.CPU, t.Budget
		}
	}
	if f, ok := foundBy[*replay.Findings](a); ok {
		for _, r := range f.Carried {
			if r.Name == c.Name && r.Store.Known() && r.Withheld.IsZero() {
				s.CPU, s.Cores, s.Replay = r.Store, 1, true
			}
		}
	}
	s.Load = full(atRates(a, c.Name, s.CPU, 1, func(l analysis.AtRate) Load {
		return Load{Ratio: single(l.Store)}
	}))
	for _, d := range a.Distances {
		if d.Scheme.Of == c.Name && d.Added.Known() && d.Rate == a.Distances[0].Rate {
			s.Waits = append(s.Waits, Wait{float64(d.Delay) / float64(time.Millisecond), d.Added})
		}
	}
	slices.SortFunc(s.Waits, func(x, y Wait) int { return cmp.Compare(x.Distance, y.Distance) })
	return s
}

// Memory is what a login takes where it lives.
type Memory struct {
	Users int `json:"users"` // the most that the figures are of
	// Replica is bytes a login in the replicas, of a scheme whose logins live there.
	Replica stats.Estimate `json:"replica_bytes,omitzero"`
	// Each says that every replica holds all logins; otherwise they are spread over the replicas.
	Each  bool           `json:"in_every_replica,omitempty"`
	Store stats.Estimate `json:"store_bytes,omitzero"` // bytes a login in the store
}

// memoryOf is what the kind memory found, or else what was read while costs were measured, once, and so without an
// interval.
func memoryOf(a *analysis.Analysis, c analysis.Cost) *Memory {
	caches := c.Scheme.Shown > 0 && c.Scheme.Store
	inReplica := c.Scheme.PerReplica || caches
	if f, ok := foundBy[*memory.Findings](a); ok {
		for _, g := range f.Growth {
			if g.Name != c.Name && g.Name != c.As || !g.Refused.IsZero() || len(g.Sizes) == 0 {
				continue
			}
			m := &Memory{Users: g.Sizes[len(g.Sizes)-1].Logins, Each: caches}
			if inReplica && g.Replica.Bytes.Known() {
				m.Replica = g.Replica.Bytes
			}
			if g.Store != nil && g.Store.Bytes.Known() {
				m.Store = g.Store.Bytes
			}
			return m
		}
	}
	if c.Memory == nil {
		return nil
	}
	m := &Memory{Users: c.Memory.Users, Each: caches}
	if inReplica {
		m.Replica = single(c.Memory.Replica)
	}
	if c.Scheme.Store {
		m.Store = single(c.Memory.Store)
	}
	return m
}

// single is a figure without an interval.
func single(v float64) stats.Estimate { return stats.Of([]float64{v}) }

// broken reports whether the run saw an ended login work for longer than its scheme guarantees.
func broken(a *analysis.Analysis, scheme string) bool {
	f, ok := foundBy[*delays.Findings](a)
	return ok && slices.ContainsFunc(f.Delays, func(d delays.Delay) bool { return d.Name == scheme && d.Broken })
}

// foundBy are the findings of a kind, where the run has them.
func foundBy[F any](a *analysis.Analysis) (f F, ok bool) {
	for _, found := range a.Experiments {
		if f, ok = found.Findings.(F); ok {
			return f, true
		}
	}
	return f, false
}
