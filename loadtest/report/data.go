package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/model"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/report/page"
	"authlab/loadtest/stats"
)

// encode is report.json: the analysis without the single slices, which measurements.csv has.
func encode(a *analysis.Analysis) ([]byte, error) {
	var judged *model.Judgement
	if j, err := model.Judge(a); err == nil && len(j.Trials) > 0 {
		judged = &j
	}
	text, err := json.MarshalIndent(struct {
		Run          string                   `json:"run"`
		Plan         string                   `json:"plan"`
		Void         string                   `json:"void,omitempty"`
		Partial      string                   `json:"partial,omitempty"`
		Damage       []string                 `json:"damage,omitempty"`
		Answer       []string                 `json:"answer"`
		Schemes      []scheme                 `json:"schemes"`
		Floor        stats.Estimate           `json:"floor"`
		Noisy        string                   `json:"noisy,omitempty"`
		DemandDrift  string                   `json:"demand_drift,omitempty"`
		ScalingDrift string                   `json:"scaling_drift,omitempty"`
		Heaps        string                   `json:"heaps,omitempty"`
		Demand       []analysis.Cost          `json:"demand"`
		Rivals       []analysis.Rival         `json:"rivals,omitempty"`
		Tiers        []analysis.TierCost      `json:"tiers"`
		Scaling      []analysis.Throughput    `json:"scaling"`
		Ladder       []analysis.Rung          `json:"ladder,omitempty"`
		Latency      []analysis.Latency       `json:"latency"`
		Capacity     []analysis.Capacity      `json:"capacity,omitempty"`
		Delays       []analysis.Delay         `json:"delays,omitempty"`
		Growth       []analysis.Growth        `json:"growth,omitempty"`
		Logins       []analysis.Login         `json:"logins,omitempty"`
		Target       []analysis.Target        `json:"target,omitempty"`
		Replicas     []analysis.TargetReplica `json:"target_replicas,omitempty"`
		Model        *model.Judgement         `json:"model,omitempty"`
		Invalid      []analysis.Invalid       `json:"invalid"`
		Failures     []analysis.Failure       `json:"failures,omitempty"`
		Events       []record.Event           `json:"events"`
		Environment  record.Environment       `json:"environment"`
	}{
		a.Run.ID, a.Run.Plan.Name, a.Void, a.Partial, a.Run.Damage, answer(a), schemes(a), a.Floor, a.Noisy, a.DemandDrift, a.ScalingDrift, a.Heaps,
		a.Demand, a.Rivals, a.Tiers, a.Scaling, a.Ladder, a.Latency, a.Capacity, a.Delays, a.Growth, a.Logins, a.Target, a.TargetReplicas, judged, a.Invalid, a.Failures, a.Run.Events, a.Run.Environment,
	}, "", "  ")
	return append(record.PlainJSON(text), '\n'), err
}

// scheme is what a reader of figures must know of a row: rows are compared within a guarantee.
type scheme struct {
	Name      string         `json:"name"`
	Guarantee plan.Guarantee `json:"guarantee"`
	State     string         `json:"state"`
	Caveats   []string       `json:"caveats"`
}

func schemes(a *analysis.Analysis) []scheme {
	var out []scheme
	for _, s := range page.ByGuarantee(a.Run.Plan.CostArms()) {
		out = append(out, scheme{s.Name, s.Guarantee, s.State, s.Caveats})
	}
	return out
}

// measurements is measurements.csv: a line for each slice.
func measurements(a *analysis.Analysis) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	tiers := []string{"replica", "store", "balancer", "generator"}
	head := []string{"kind", "arm", "tier", "replicas", "rate", "restart", "round", "place", "answers_per_s", "counted", "share_401"}
	for _, tier := range tiers {
		head = append(head, tier+"_us_per_request", tier+"_busy")
	}
	head = append(head, "switches_per_request", "bytes_in", "bytes_out", "p50_us", "p99_us", "valid", "doubts")
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, m := range a.Measurements {
		if err := w.Write(line(m, tiers)); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func line(m measure.Measurement, tiers []string) []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	cells := []string{
		string(m.Kind), m.Arm, m.Tier, fmt.Sprint(m.Replicas), number(m.Rate), fmt.Sprint(m.Restart), fmt.Sprint(m.Round), fmt.Sprint(m.Place),
		number(m.Throughput), fmt.Sprint(m.Counted), number(m.Lost),
	}
	for _, tier := range tiers {
		busy, ok := m.Busy[tier]
		if !ok {
			cells = append(cells, "", "")
			continue
		}
		cells = append(cells, number(float64(m.Cost[tier].Nanoseconds())/1000), number(busy))
	}
	p50, p99 := "", ""
	if m.Latency != nil {
		p50, p99 = number(float64(m.Latency.ValueAtQuantile(50))/1000), number(float64(m.Latency.ValueAtQuantile(99))/1000)
	}
	var doubts []string
	for _, d := range m.Doubts {
		doubts = append(doubts, string(d.Reason)+": "+d.Sentence)
	}
	return append(cells, number(m.Switches), number(m.BytesIn), number(m.BytesOut), p50, p99, strconv.FormatBool(m.Valid()), strings.Join(doubts, "; "))
}
