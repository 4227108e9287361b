package analysis

import (
	"slices"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Memory is what a login takes, in bytes for each user that is signed in.
type Memory struct {
	// Replica is the live heap beyond the control's, which keeps no users. It includes what the program needs besides.
	Replica float64 `json:"replica_bytes"`
	Store   float64 `json:"store_bytes"` // by its own count; 0 where there is none, or it does not tell
	Users   int     `json:"users"`       // signed in
}

// unballasted reports whether a scheme runs without the ballast that makes the pace of garbage collection alike, to
// show what the ballast does.
func unballasted(scheme string) bool {
	s, err := plan.SchemeNamed(scheme)
	return err == nil && slices.Contains(s.Flags, "--ballast=0")
}

// memoryOf is the median over starts; nil where the scheme or the control was not read, or no user was signed in.
// Without the control's ballast there is nothing to compare a heap with.
func memoryOf(scheme, control string, all []record.Runtime) *Memory {
	if unballasted(scheme) {
		return nil
	}
	heaps, store, users := map[string][]float64{}, []float64{}, 0
	for _, u := range all {
		heaps[u.Scheme] = append(heaps[u.Scheme], float64(u.LiveHeap))
		if u.Scheme == scheme {
			store, users = append(store, float64(u.StoreGrowth)), u.Users
		}
	}
	if users == 0 || len(heaps[scheme]) == 0 || len(heaps[control]) == 0 {
		return nil
	}
	return &Memory{
		Replica: (stats.Median(heaps[scheme]) - stats.Median(heaps[control])) / float64(users),
		Store:   stats.Median(store) / float64(users), Users: users,
	}
}
