package measuretest

import (
	"authlab/loadtest/experiment/memory"
	"authlab/loadtest/plan"
)

// What a login takes with every scheme that remembers logins, in bytes, and what the programs need without a login.
const (
	ReplicaBytes, StoreBytes = 400, 700
	replicaBase, storeBase   = 6 << 20, 1 << 20
)

// memory signs users in: the memory grows with them, and starts differ by up to 64 KiB.
func (b *bench) memory() {
	m, ok := plan.PartOf[*memory.Part](b.run.Plan)
	if !ok {
		return
	}
	for start := range m.Starts {
		for _, s := range b.run.Plan.LoginSchemes() {
			luck := b.rand.IntN(64 << 10)
			for _, n := range m.Logins {
				heap := uint64(replicaBase + luck + n*ReplicaBytes)
				f := memory.Footprint{
					Start: start, Scheme: s.Name, Logins: n, LiveHeap: heap, Resident: 2 * int64(heap),
					Asked: 10_000, Known: 10_000,
				}
				if s.Store {
					held := int64(storeBase + luck + n*StoreBytes)
					f.Store = &held
				}
				b.run.Add(m.Key(), f)
			}
		}
	}
}
