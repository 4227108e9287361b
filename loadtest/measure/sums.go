package measure

import (
	"strconv"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// doubtSums looks for figures of a slice that contradict each other.
func (m *Measurement) doubtSums(row record.Slice) {
	var sum uint64
	for _, n := range row.Verdicts {
		sum += n
	}
	if sum != row.Sent {
		m.add(TreatmentMissing, "slice.verdicts", "verdicts", sum, "counted", row.Sent)
	}
	if row.Sent > row.Served {
		m.add(TreatmentMissing, "slice.more-counted", "counted", row.Sent, "sent", row.Served)
	}
	if row.Kind == plan.DemandCell && row.Connections > 0 && row.Planned == 0 &&
		row.Served > row.Sent+uint64(row.Connections) {
		m.add(TreatmentMissing, "slice.more-sent", "more", row.Served-row.Sent, "connections", row.Connections)
	}
	if row.Planned == 0 && row.Elapsed > 0 && row.Elapsed < row.Window && row.Note == "" {
		m.add(TreatmentMissing, "slice.ended-early", "elapsed", row.Elapsed, "window", row.Window)
	}
	if h := m.Latency; h != nil && uint64(h.TotalCount()) != row.Verdicts[record.OK] {
		m.add(TreatmentMissing, "slice.latencies", "latencies", h.TotalCount(), "answered", row.Verdicts[record.OK])
	}
	for index := range row.ByReplica {
		if i, err := strconv.Atoi(index); err != nil || i < row.First || i >= row.First+row.Replicas {
			m.add(TreatmentMissing, "slice.not-asked")
			return
		}
	}
}
