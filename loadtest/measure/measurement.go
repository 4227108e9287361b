package measure

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/load"
	"authlab/loadtest/plan"
)

// Reason is why a slice does not count.
type Reason string

// The reasons.
const (
	GeneratorBound   Reason = "GENERATOR-BOUND"   // the generator, not the thing under test, was the limit
	IdleTier         Reason = "IDLE-TIER"         // a demand cell whose tier was not saturated
	MixedUp          Reason = "MIXED-UP"          // a wrong user's answer: voids the run
	TreatmentMissing Reason = "TREATMENT-MISSING" // what was to be measured did not happen
)

// saturated is the share of its time that a tier must be busy for its CPU per request to be a cost.
const saturated = 0.95

// Doubt is a reason with the figures that led to it.
type Doubt struct {
	Reason   Reason `json:"reason"`
	Sentence string `json:"sentence"`
}

// Measurement is what one slice measured.
type Measurement struct {
	load.Cell
	Throughput float64 // correct answers/s
	// Cost is CPU time per answered request by tier: replica (all of them together), store, balancer, generator.
	Cost map[string]time.Duration
	// Busy is the share of the slice that a tier was running, by tier: of its budget where it has one, else of a core.
	Busy map[string]float64
	// Busiest is the largest Busy of a single replica: a balancer that favours one makes it differ from the tier's.
	Busiest   float64
	Throttled map[string]float64      // seconds that budgets kept the tier's processes from running, for each second of the slice
	Switches  float64                 // context switches of the replicas per request
	BytesIn   float64                 // per request
	BytesOut  float64                 // per request
	Counted   uint64                  // requests counted
	Lost      float64                 // share of requests answered 401
	Latency   *hdrhistogram.Histogram // ns, from when sent
	Corrected *hdrhistogram.Histogram // ns, from when due; nil in closed loop
	Lag       *hdrhistogram.Histogram // ns, sent minus due; nil in closed loop
	Doubts    []Doubt                 // empty: VALID
}

// Valid reports whether the slice counts.
func (m *Measurement) Valid() bool { return len(m.Doubts) == 0 }

// Measure judges a row. Its error is a row that cannot be read.
func Measure(row load.Row) (Measurement, error) {
	m := Measurement{
		Cell: row.Cell, Counted: row.Sent, Throughput: float64(row.Verdicts[load.OK]) / row.Window.Seconds(),
		Cost: map[string]time.Duration{}, Busy: map[string]float64{}, Throttled: map[string]float64{},
	}
	if row.Window <= 0 || row.Elapsed <= 0 {
		return m, fmt.Errorf("round %d of %s has no duration", row.Round, row.Arm)
	}
	for into, text := range map[**hdrhistogram.Histogram]string{&m.Latency: row.Latency, &m.Corrected: row.Corrected, &m.Lag: row.Lag} {
		if text == "" {
			continue
		}
		h, err := load.DecodeHistogram(text)
		if err != nil {
			return m, fmt.Errorf("round %d of %s: %w", row.Round, row.Arm, err)
		}
		*into = h
	}
	m.tiers(row)
	if row.Served > 0 {
		m.BytesIn, m.BytesOut = float64(row.BytesIn)/float64(row.Served), float64(row.BytesOut)/float64(row.Served)
	}
	if row.Sent > 0 {
		m.Lost = float64(row.Verdicts[load.Unauthenticated]) / float64(row.Sent)
	}
	m.doubt(row)
	return m, nil
}

// tiers adds the processes' use up by tier.
func (m *Measurement) tiers(row load.Row) {
	cpu, throttled, allowed := map[string]time.Duration{}, map[string]time.Duration{}, map[string]float64{}
	var switches int64
	for name, use := range row.Use {
		tier := tierOf(name)
		budget := 1.0
		if b, ok := row.Budgets[name]; ok {
			budget = b
		}
		cpu[tier] += use.CPU
		throttled[tier] += use.Throttled
		allowed[tier] += budget
		if tier == "replica" {
			switches += use.Switches
			m.Busiest = max(m.Busiest, use.CPU.Seconds()/budget/row.Elapsed.Seconds())
		}
	}
	for tier, used := range cpu {
		m.Busy[tier] = used.Seconds() / allowed[tier] / row.Elapsed.Seconds()
		m.Throttled[tier] = throttled[tier].Seconds() / row.Elapsed.Seconds()
		if row.Served > 0 {
			m.Cost[tier] = used / time.Duration(row.Served)
		}
	}
	if row.Served > 0 {
		m.Switches = float64(switches) / float64(row.Served)
	}
}

// tierOf turns replica-3 into replica; other processes are tiers of their own.
func tierOf(process string) string {
	tier, _, _ := strings.Cut(process, "-")
	return tier
}

// doubt looks for what would make the slice's figures untrue.
func (m *Measurement) doubt(row load.Row) {
	add := func(r Reason, format string, args ...any) {
		m.Doubts = append(m.Doubts, Doubt{r, fmt.Sprintf(format, args...)})
	}
	if n := row.Verdicts[load.WrongUser]; n > 0 {
		add(MixedUp, "%d answers were another user's", n)
	}
	if n := row.Verdicts[load.WrongReplica]; n > 0 {
		add(TreatmentMissing, "%d answers came from a server that is not this run's", n)
	}
	if row.Sent == 0 {
		add(TreatmentMissing, "no request was answered inside the window")
		return
	}
	if got := len(row.ByReplica); got != row.Replicas {
		add(TreatmentMissing, "%d of %d replicas answered", got, row.Replicas)
	}
	m.doubtAnswers(row, add)
	switch {
	case row.Kind == plan.DemandCell && m.Busy[row.Tier] < saturated:
		add(IdleTier, "the %s was busy %.0f %% of the time", row.Tier, 100*m.Busy[row.Tier])
	case row.Planned > 0 && float64(row.Served) < 0.99*float64(row.Planned):
		add(GeneratorBound, "%d of %d planned requests were sent", row.Served, row.Planned)
	}
}

// doubtAnswers compares the share of lost logins, and of all other answers that are not correct, with what the row declares.
func (m *Measurement) doubtAnswers(row load.Row, add func(Reason, string, ...any)) {
	scheme, err := plan.SchemeNamed(row.Arm)
	if err != nil {
		add(TreatmentMissing, "%v", err)
		return
	}
	expected, slack := 0.0, 0.0
	if scheme.LosesLogins && row.Replicas > 1 {
		expected = 1 - 1/float64(row.Replicas)
		// 2 points, and what chance adds in a slice with few requests: three standard deviations of a binomial share.
		slack = 0.02 + 3*math.Sqrt(expected*(1-expected)/float64(row.Sent))
	}
	if math.Abs(m.Lost-expected) > slack {
		add(TreatmentMissing, "%.1f %% of the answers were 401, expected %.1f %%", 100*m.Lost, 100*expected)
	}
	other := row.Sent - row.Verdicts[load.OK] - row.Verdicts[load.Unauthenticated] - row.Verdicts[load.WrongUser] - row.Verdicts[load.WrongReplica]
	if share := float64(other) / float64(row.Sent); share > 0.001 {
		add(TreatmentMissing, "%.2f %% of the requests failed", 100*share)
	}
}
