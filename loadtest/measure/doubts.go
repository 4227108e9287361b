package measure

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Thresholds of the verdicts.
const (
	// fullCore is the share of a core from which the generator, with what shares its core, counts as saturated.
	fullCore = 0.98
	// throttledShare is the share of a slice for which a CPU limit may keep the generator from running.
	throttledShare = 0.01
	// storeSlack is how far the store's operations per request may be from the scheme's design. storeOverhead are the
	// operations of a slice that no request caused: reading the count, and a client's keepalive.
	storeSlack, storeOverhead = 0.02, 10
	// mergedSlack is the same where several generators sent: they begin up to a tenth of a slice apart, and each counts on
	// its own.
	mergedSlack = 0.15
	// standing is how many replicas are assumed to run, where it is not recorded: each may ask the store in the
	// background.
	standing = 8
	// heldBudget is how much of its budget a process may use. The rest of the period before the slice is extra, and so is
	// a tick: only at a tick does the kernel notice that a budget is used up. It deducts the excess from later periods.
	heldBudget = 1.15
	tick       = 4 * time.Millisecond // at 250 Hz
	// heldPeriods is how many periods a slice needs before its budget is judged: in fewer, a single burst dominates.
	heldPeriods = 5
	// strays is the share of answers that may be 401 or missing in a scheme that loses no logins.
	strays = 0.001
	// overload is the share of requests that may be refused with 503 where the store is used up.
	overload = 0.1
	// littleSlack is how far the figures may be from Little's law.
	littleSlack = 0.05
	// objective is the p99 that a latency cell asks about; a generator that is late by a tenth of it measures itself.
	objective = 100 * time.Millisecond
)

// doubt looks for anything that would make the slice's figures wrong.
func (m *Measurement) doubt(row record.Slice) {
	if row.Note != "" {
		m.add(TreatmentMissing, "slice.note", "text", row.Note)
	}
	if n := row.Verdicts[record.WrongUser]; n > 0 {
		m.add(MixedUp, "slice.wrong-user", "count", n)
	}
	if n := row.Verdicts[record.WrongReplica]; n > 0 {
		m.add(TreatmentMissing, "slice.foreign", "count", n)
	}
	if m.doubtOwn(row) {
		return // this also explains whatever else is missing
	}
	if row.Sent == 0 {
		m.add(TreatmentMissing, "slice.unanswered")
		return
	}
	// the target's balancer may choose freely
	if got := len(row.ByReplica); got != row.Replicas && row.Kind != plan.TargetCell {
		m.add(TreatmentMissing, "slice.replicas", "answered", got, "replicas", row.Replicas)
	}
	m.doubtSums(row)
	m.doubtAnswers(row)
	m.doubtBudgets(row)
	m.doubtStore(row)
	m.doubtDelay(row)
	m.doubtUsers(row)
	m.doubtCounts(row)
	m.doubtLoad(row)
	m.doubtLittle(row)
}

// doubtOwn looks for requests that the generator could not send, which is not the servers' fault.
func (m *Measurement) doubtOwn(row record.Slice) bool {
	for _, verdict := range slices.Sorted(maps.Keys(row.Verdicts)) {
		if lack := verdict.Lack(); !lack.IsZero() {
			m.add(GeneratorBound, "slice.unsent", "unsent", row.Verdicts[verdict], "of", row.Sent, "why", lack)
			return true
		}
	}
	return false
}

// doubtLittle compares the generator's figures with the replicas'. A request cannot be in a replica for longer than
// from its sending to its answer. If the figures say so, another client sends requests, or the generator's latencies
// are too low.
func (m *Measurement) doubtLittle(row record.Slice) {
	if row.Held == 0 || m.Latency == nil || m.Latency.TotalCount() == 0 || row.Verdicts[record.OK] < row.Served {
		return // the latency of failed requests is unknown
	}
	waited := m.Latency.Mean() * float64(m.Latency.TotalCount())
	if m.InReplicas = float64(row.Held) / waited; m.InReplicas > 1+littleSlack {
		m.add(TreatmentMissing, "slice.little", "share", m.InReplicas-1)
	}
}

// doubtStore compares how often the store was asked with the scheme's design: a scheme that does not ask it does not do
// what it claims. A failed request may not have reached the store.
func (m *Measurement) doubtStore(row record.Slice) {
	scheme, err := plan.SchemeNamed(row.Scheme)
	counted := row.Use["store"].Operations
	if err != nil || counted == nil {
		return
	}
	m.StoreOps = float64(*counted) / float64(row.Served)
	designed := scheme.StoreOps * float64(row.Served)
	slack := (countSlack(row)*scheme.StoreOps+scheme.StoreSlack)*float64(row.Served) + storeOverhead +
		scheme.Background*float64(cmp.Or(row.Standing, max(row.Replicas, standing)))*row.Elapsed.Seconds()
	failed := row.Sent - min(row.Sent, row.Verdicts[record.OK]+row.Verdicts[record.Unauthenticated])
	others := row.Kind == plan.TargetCell // other clients may use the store as well
	if few := slack + scheme.StoreOps*float64(failed); designed-float64(*counted) > few ||
		float64(*counted)-designed > slack && !others {
		m.add(TreatmentMissing, "slice.store", "asked", m.StoreOps, "design", scheme.StoreOps)
	}
}

// countSlack is by what share a count of another process may differ from the requests of a slice.
func countSlack(row record.Slice) float64 {
	if _, several := row.Use["generator-1"]; several {
		return mergedSlack
	}
	return storeSlack
}

// doubtCounts compares the answers with the number that a target's replicas report: an answer that they did not count
// came from something else in their name.
func (m *Measurement) doubtCounts(row record.Slice) {
	counting := 0
	for i := range row.Replicas {
		if n := row.Use[fmt.Sprintf("replica-%d", i)].Operations; n != nil {
			m.Answered += uint64(*n)
			counting++
		}
	}
	if counting < row.Replicas {
		m.Answered = 0
		return
	}
	short := row.Verdicts[record.OK] - min(row.Verdicts[record.OK], m.Answered)
	if float64(short) > countSlack(row)*float64(row.Sent)+storeOverhead {
		m.add(TreatmentMissing, "slice.counted", "counted", m.Answered, "answered", row.Verdicts[record.OK])
	}
}

// doubtLoad checks that the tier, and not the generator, was the bottleneck.
func (m *Measurement) doubtLoad(row record.Slice) {
	if kept := m.Throttled["generator"]; kept > throttledShare {
		m.add(ThrottledGenerator, "slice.throttled", "share", kept)
	}
	if (row.Kind == plan.DemandCell || row.Kind == plan.CalibrationCell) && m.Busy[row.Tier] < record.Saturated {
		if full := m.beside(row.Tier); full >= fullCore {
			m.add(GeneratorBound, "slice.idle-generator", "tier", message.Tier(row.Tier), "share", m.Busy[row.Tier],
				"full", full)
		} else {
			m.add(IdleTier, "slice.idle", "tier", message.Tier(row.Tier), "share", m.Busy[row.Tier])
		}
	}
	if row.Planned > 0 && float64(row.Served) < 0.99*float64(row.Planned) {
		m.add(GeneratorBound, "slice.planned", "sent", row.Served, "planned", row.Planned)
	}
	if m.Lag != nil {
		if lag := time.Duration(m.Lag.ValueAtQuantile(99)); lag > objective/10 {
			m.add(GeneratorBound, "slice.late", "lag", lag.Round(time.Millisecond))
		}
	}
}

// beside is how much of its core the generator used, together with what shares that core: when the replica is measured,
// everything else is kept on the generator's core.
func (m *Measurement) beside(tier string) float64 {
	if tier == "replica" {
		return m.Cores["generator"] + m.Cores["store"] + m.Cores["balancer"]
	}
	return m.Cores["generator"]
}

// doubtBudgets looks for a process outside the group of its budget, or one that used more than its budget: then a
// replica was not the small machine that the plan intended.
func (m *Measurement) doubtBudgets(row record.Slice) {
	for _, name := range slices.Sorted(maps.Keys(row.Use)) {
		if row.Use[name].Escaped {
			m.add(TreatmentMissing, "slice.escaped", "process", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(row.Budgets)) {
		budget, used := row.Budgets[name], row.Use[name].CPU.Seconds()
		period := plan.Budget(budget).Period()
		if row.Elapsed < heldPeriods*period {
			continue
		}
		if budget > 0 && used > budget*(heldBudget*row.Elapsed.Seconds()+period.Seconds())+tick.Seconds() {
			m.add(TreatmentMissing, "slice.over-budget", "process", name, "times", used/budget/row.Elapsed.Seconds(),
				"budget", budget)
		}
	}
}

// doubtAnswers compares the share of lost logins, and of all other incorrect answers, with what the scheme declares.
func (m *Measurement) doubtAnswers(row record.Slice) {
	expected, declared, err := Expected(row.Cell)
	if err != nil {
		m.add(TreatmentMissing, "slice.unknown-row", "why", err)
		return
	}
	slack := strays
	if declared {
		// What chance adds in a slice with few requests: three standard deviations of a binomial share. The pooled slices are
		// judged together, and more strictly.
		slack = LostSlack + 3*math.Sqrt(expected*(1-expected)/float64(row.Sent))
	}
	if math.Abs(m.Lost-expected) > slack {
		m.add(TreatmentMissing, "slice.lost", "lost", m.Lost, "expected", expected)
	}
	other := row.Sent - min(row.Sent,
		row.Verdicts[record.OK]+row.Verdicts[record.Unauthenticated]+row.Verdicts[record.WrongUser]+
			row.Verdicts[record.WrongReplica])
	// in a capacity cell, failures are part of the question
	if share := float64(other) / float64(row.Sent); share > m.failing(row) && row.Kind != plan.CapacityCell {
		m.add(TreatmentMissing, "slice.failed", "share", share)
	}
}

// failing is the share of requests that may fail. A server answers 503 when its store takes longer than its patience. A
// store that is the bottleneck of a scaling cell does: only correct answers are throughput, and the report counts the
// rest. A relieved store still pays for periods in which it had less; what it refuses then makes the relief look
// smaller, never larger.
func (m *Measurement) failing(row record.Slice) float64 {
	full := row.Kind == plan.ScalingCell && m.Busy["store"] >= record.Saturated
	if full || row.Kind == plan.RelievedCell {
		return strays + min(overload, float64(row.Verdicts["status-503"])/float64(row.Sent))
	}
	return strays
}

// LostSlack is how far the share of answers that were 401 may be from what a scheme declares, over all slices of a
// cell.
const LostSlack = 0.02

// Expected is the share of a cell's answers that its scheme declares to be 401, and whether it declares any. The error
// is a scheme that is not in plan.Schemes.
func Expected(c record.Cell) (share float64, declared bool, err error) {
	scheme, err := plan.SchemeNamed(c.Scheme)
	if err != nil || !scheme.LosesLogins || c.Replicas < 2 {
		return 0, false, err
	}
	return 1 - 1/float64(c.Replicas), true, nil
}
