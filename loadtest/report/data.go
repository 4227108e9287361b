package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/belief"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// encode is report.json: the analysis without the single slices, which measurements.csv has.
func encode(a *analysis.Analysis) ([]byte, error) {
	var judged any
	if j, err := model.Judge(a); err == nil && len(j.Trials) > 0 {
		judged = j
	}
	o := object{
		{"run", a.Run.ID, false},
		{"plan", a.Run.Plan.Name, false},
		{"void", a.Void, true},
		{"partial", a.Partial, true},
		{"damage", message.Texts(a.Run.Damage), true},
		{"answer", message.Texts(answer(a)), false},
		{"schemes", schemes(a), false},
		{"floor", a.Floor, false},
		{"noisy", a.Noisy, true},
		{"generator_near_limit", a.Pressed, true},
		{"demand_drift", a.DemandDrift, true},
		{"scaling_drift", a.ScalingDrift, true},
		{"heaps", a.Heaps, true},
		{"demand", a.Demand, false},
		{"peers", a.Peers, true},
		{"tiers", a.Tiers, false},
		{"scaling", a.Scaling, false},
		{"bends", a.Bends, true},
		{"skews", a.Skews, true},
		{"ladder", a.Ladder, true},
		{"latency", a.Latency, false},
		{"distances", a.Distances, true},
		{"capacity", a.Capacity, true},
	}
	for _, found := range a.Experiments {
		if found.Known() {
			o = append(o, member{found.Kind, found.Findings, false})
		}
	}
	if sliced(a.Run.Plan) && a.Run.Plan.Target == nil {
		o = append(o, member{"beliefs", belief.Judge(a), false})
	}
	o = append(o, member{"target", a.Target, true}, member{"target_replicas", a.TargetReplicas, true},
		member{"model", judged, true},
		member{"invalid", a.Invalid, false}, member{"failures", a.Failures, true}, member{"events", events(a), false},
		member{"environment", a.Run.Environment, false})
	text, err := json.MarshalIndent(o, "", "  ")
	return append(record.PlainJSON(text), '\n'), err
}

// events are the run's, in words.
func events(a *analysis.Analysis) []record.Event {
	all := slices.Clone(a.Run.Events)
	for i, e := range all {
		all[i].Sentence, all[i].Provide = e.Text().String(), e.Hint().String()
		all[i].Said, all[i].Help = message.Message{}, message.Message{}
	}
	return all
}

// object is a JSON object whose members keep their order, because kinds of experiment add some.
type object []member

type member struct {
	key      string
	value    any
	optional bool // left out where it is empty
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for _, m := range o {
		text, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		if m.optional && slices.Contains([]string{`""`, "null", "[]"}, string(text)) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(strconv.AppendQuote(out, m.key), ':'), text...)
	}
	return append(out, '}'), nil
}

// scheme is what a reader of figures must know of a scheme: schemes are compared within a guarantee.
type scheme struct {
	Name      string         `json:"name"`
	Guarantee plan.Guarantee `json:"guarantee"`
	State     string         `json:"state"`
	Caveats   []string       `json:"caveats"`
}

func schemes(a *analysis.Analysis) []scheme {
	var out []scheme
	for _, s := range page.ByGuarantee(a.Run.Plan.NamedSchemes()) {
		out = append(out, scheme{s.Name, s.Guarantee, s.State, s.Caveats})
	}
	return out
}

// measurements is measurements.csv: a line for each slice.
func measurements(a *analysis.Analysis) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	tiers := []string{"replica", "store", "balancer", "generator"}
	head := []string{
		"kind", "arm", "tier", "replicas", "rate", "restart", "round", "place", "answers_per_s", "counted",
		"share_401",
	}
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
		string(m.Kind), m.Arm, m.Tier, fmt.Sprint(m.Replicas), number(m.Rate), fmt.Sprint(m.Restart), fmt.Sprint(m.Round),
		fmt.Sprint(m.Place),
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
		doubts = append(doubts, string(d.Reason)+": "+d.Said.String())
	}
	return append(cells, number(m.Switches), number(m.BytesIn), number(m.BytesOut), p50, p99,
		strconv.FormatBool(m.Valid()), strings.Join(doubts, "; "))
}
