package measure

import (
	"math"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// early is the share of a delay that the precision of a histogram may hide.
const early = 0.01

// doubtDelay looks for an answer that was faster than the round trip to a store that it needs: then the store was not
// as far away as the scheme says.
func (m *Measurement) doubtDelay(row record.Slice) {
	scheme, err := plan.SchemeNamed(row.Scheme)
	if err != nil || scheme.StoreDelay == 0 || scheme.StoreOps < 1 || m.Latency == nil || m.Latency.TotalCount() == 0 {
		return
	}
	if took := time.Duration(m.Latency.Min()); took.Seconds() < (1-early)*scheme.StoreDelay.Seconds() {
		m.add(TreatmentMissing, "slice.delay", "ms", took.Seconds()*1000, "delay", scheme.StoreDelay)
	}
}

// chance is how many standard deviations the share of the hottest user may be from what the scheme says.
const chance = 5

// doubtUsers compares how often the user came who comes most often with what the scheme says.
func (m *Measurement) doubtUsers(row record.Slice) {
	scheme, err := plan.SchemeNamed(row.Scheme)
	if err != nil || !scheme.Identities.Drawn || row.Served == 0 {
		return
	}
	share := 0.0
	if row.Users > 0 {
		share = scheme.Identities.Hottest(row.Users)
	}
	if slack := chance*math.Sqrt(share*(1-share)/float64(row.Served)) + 1/float64(row.Served); share == 0 ||
		math.Abs(m.Hottest-share) > slack {
		m.add(TreatmentMissing, "slice.users", "hottest", m.Hottest, "share", share)
	}
}
