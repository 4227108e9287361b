package measuretest

import "authlab/loadtest/record"

// What a login takes in every row that remembers any, in bytes, and what the programs need without one.
const (
	ReplicaBytes, StoreBytes = 400, 700
	replicaBase, storeBase   = 6 << 20, 1 << 20
)

// memory signs users in: what is held grows with them, and starts differ by up to 64 KiB.
func (b *bench) memory() {
	m := b.run.Plan.Memory
	for start := range m.Starts {
		for _, s := range b.run.Plan.MemoryArms() {
			luck := b.rand.IntN(64 << 10)
			for _, n := range m.Logins {
				heap := uint64(replicaBase + luck + n*ReplicaBytes)
				f := record.Footprint{Start: start, Arm: s.Name, Logins: n, LiveHeap: heap, Resident: 2 * int64(heap), Asked: 10_000, Known: 10_000}
				if s.Store {
					held := int64(storeBase + luck + n*StoreBytes)
					f.Store = &held
				}
				b.run.Footprints = append(b.run.Footprints, f)
			}
		}
	}
}
