package measure

import (
	"strconv"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// doubtSums looks for figures of a row that cannot all be true of one slice.
func (m *Measurement) doubtSums(row record.Slice) {
	var sum uint64
	for _, n := range row.Verdicts {
		sum += n
	}
	if sum != row.Sent {
		m.add(TreatmentMissing, "its verdicts are of %d requests, and it counts %d", sum, row.Sent)
	}
	if row.Sent > row.Served {
		m.add(TreatmentMissing, "it counts %d requests, and sent only %d", row.Sent, row.Served)
	}
	if row.Kind == plan.DemandCell && row.Connections > 0 && row.Planned == 0 && row.Served > row.Sent+uint64(row.Connections) {
		m.add(TreatmentMissing, "%d requests more were sent than counted, on %d connections without a warm-up", row.Served-row.Sent, row.Connections)
	}
	if row.Planned == 0 && row.Elapsed > 0 && row.Elapsed < row.Window && row.Note == "" {
		m.add(TreatmentMissing, "it ended after %v, before its window of %v did", row.Elapsed, row.Window)
	}
	if h := m.Latency; h != nil && uint64(h.TotalCount()) != row.Verdicts[record.OK] {
		m.add(TreatmentMissing, "it has latencies of %d requests, and %d were answered correctly", h.TotalCount(), row.Verdicts[record.OK])
	}
	for index := range row.ByReplica {
		if i, err := strconv.Atoi(index); err != nil || i < row.First || i >= row.First+row.Replicas {
			m.add(TreatmentMissing, "a replica answered that was not asked")
			return
		}
	}
}
