package report

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/belief"
	"authlab/loadtest/choice"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// SchemaVersion is the version of report.json's form. A field that goes, or comes to mean something else, makes a new
// version; a field that is added does not.
const SchemaVersion = 1

// Schema is the JSON Schema of report.json. It is made from the types and their comments: a field's comment is its
// description. To write it again: go test ./loadtest/report -run Schema -update
//
//go:embed report.schema.json
var Schema []byte

// Data is report.json: the analysis without the single slices, which measurements.csv has. Each kind of experiment adds
// a member of its own, named after it.
type Data struct {
	SchemaVersion int `json:"schema_version"` // of this form; fields may be added to a version, none goes
	// Run is the run's ID: the name of its folder.
	Run  string `json:"run"`
	Plan string `json:"plan"` // the name of the run's plan
	// Void says why no figure of the run may be used: a user got another user's answer. It is absent from other runs.
	Void message.Sentence `json:"void,omitzero"`
	// Partial says why the run is not complete. It is absent from complete runs.
	Partial message.Sentence `json:"partial,omitzero"`
	Damage  []string         `json:"damage,omitempty"` // what is wrong with the run's files, a sentence each
	// Badges say how far the run may be trusted, the worst first.
	Badges []page.Badge `json:"badges"`
	// Verdicts are the sentences of the first screen, each with its one figure.
	Verdicts []page.Verdict `json:"verdicts"`
	// Advice says which of them decides for whom. It is absent where the run does not ask when logins end.
	Advice  message.Sentence `json:"advice,omitzero"`
	Answer  []string         `json:"answer"`  // every sentence of the run, with all its figures
	Schemes []scheme         `json:"schemes"` // the schemes of the plan, by guarantee
	// Floor is the CPU cost of the control ÷ its own, measured twice: the noise that every other ratio carries too.
	Floor stats.Estimate `json:"floor"`
	// Noisy says why no scheme is called different. It is absent where the floor is low enough.
	Noisy message.Sentence `json:"noisy,omitzero"`
	// Pressed says that the generator was near its limit, so that the ratios of costs are too small.
	Pressed message.Sentence `json:"generator_near_limit,omitzero"`
	// DemandDrift says that the control's cost drifted, so that absolute costs are only the ranges of their thirds.
	DemandDrift message.Sentence `json:"demand_drift,omitzero"`
	// ScalingDrift says the same of throughput.
	ScalingDrift message.Sentence `json:"scaling_drift,omitzero"`
	// Heaps says that live heaps differ between schemes, so that garbage collection costs them differently.
	Heaps   message.Sentence      `json:"heaps,omitzero"`
	Demand  []analysis.Cost       `json:"demand"`           // the CPU time of one request, by scheme
	Peers   []analysis.PeerCost   `json:"peers,omitempty"`  // the schemes beside those of other libraries
	Tiers   []analysis.TierCost   `json:"tiers"`            // the CPU time of one request in the store and the balancer
	Scaling []analysis.Throughput `json:"scaling"`          // throughput, by scheme, then size
	Bends   []analysis.Bend       `json:"bends,omitempty"`  // what the store held back at the largest size
	Skews   []analysis.Skew       `json:"skews,omitempty"`  // where some users come more often than others
	Ladder  []analysis.Rung       `json:"ladder,omitempty"` // the CPU time of one request at less than full load
	Latency []analysis.Latency    `json:"latency"`          // by scheme, then rate
	// Distances are how much longer the median request takes where the store is further away.
	Distances []analysis.Distance `json:"distances,omitempty"`
	Capacity  []analysis.Capacity `json:"capacity,omitempty"` // the highest rate that held the plan's objective
	// Beliefs are what people say, held against the run. They are absent from plans that compare no schemes.
	Beliefs []belief.Finding `json:"beliefs,omitempty"`
	// Which is what the page answers "which one for me?" from. It is absent where no cost is known.
	Which *choice.Inputs `json:"which,omitempty"`
	// Comparable is what of the run can be compared with another run. It is absent where predictions.json cannot be read.
	Comparable *analysis.Comparable `json:"comparable,omitempty"`
	Target     []analysis.Target    `json:"target,omitempty"` // servers that the lab did not start, by load
	// TargetReplicas are the replicas of such servers.
	TargetReplicas []analysis.TargetReplica `json:"target_replicas,omitempty"`
	// Model says how right the model's predictions were. It is absent where none was tested.
	Model    *model.Judgement   `json:"model,omitempty"`
	Invalid  []analysis.Invalid `json:"invalid"`            // the slices that do not count, by cell and reason
	Failures []analysis.Failure `json:"failures,omitempty"` // what requests got instead of the right answer
	Events   []event            `json:"events"`             // what happened in the run, in its order
	// Environment is where and how the run was made. It is absent where the run's env.json is.
	Environment record.Environment `json:"environment,omitzero"`

	kinds []analysis.Found
}

// dataOf returns report.json of an analysis.
func dataOf(a *analysis.Analysis) Data {
	d := Data{
		SchemaVersion: SchemaVersion,
		Run:           a.Run.ID,
		Plan:          a.Run.Plan.Name,
		Void:          a.Void,
		Partial:       a.Partial,
		Damage: message.Texts(
			a.Run.Damage,
		),
		Badges:         badges(a),
		Verdicts:       verdicts(a),
		Advice:         message.Sentence{Message: advice(a).Message()},
		Answer:         listed(message.Texts(answer(a))),
		Schemes:        listed(schemes(a)),
		Floor:          a.Floor,
		Noisy:          a.Noisy,
		Pressed:        a.Pressed,
		DemandDrift:    a.DemandDrift,
		ScalingDrift:   a.ScalingDrift,
		Heaps:          a.Heaps,
		Demand:         listed(a.Demand),
		Peers:          a.Peers,
		Tiers:          listed(a.Tiers),
		Scaling:        listed(a.Scaling),
		Bends:          a.Bends,
		Skews:          a.Skews,
		Ladder:         a.Ladder,
		Latency:        listed(a.Latency),
		Distances:      a.Distances,
		Capacity:       a.Capacity,
		Target:         a.Target,
		TargetReplicas: a.TargetReplicas,
		Invalid:        listed(a.Invalid),
		Failures:       a.Failures,
		Events:         listed(events(a)),
		Environment:    a.Run.Environment,
	}
	j, err := model.Judge(a)
	if sliced(a.Run.Plan) && a.Run.Plan.Target == nil {
		d.Beliefs, d.Which = belief.Judge(a), choice.Of(a, j)
	}
	if err == nil && len(j.Trials) > 0 {
		d.Model = &j
	}
	if c, err := Comparable(a); err == nil {
		d.Comparable = c
	}
	for _, found := range a.Experiments {
		if found.Known() {
			d.kinds = append(d.kinds, found)
		}
	}
	return d
}

// listed is a list that is [] in JSON where it is empty, and not null.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// encode is the text of report.json.
func encode(d Data) ([]byte, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	return append(record.PlainJSON(text), '\n'), err
}

// MarshalJSON adds the members of the kinds of experiment.
func (d Data) MarshalJSON() ([]byte, error) {
	type own Data
	out, err := json.Marshal(own(d))
	for _, k := range d.kinds {
		if err != nil {
			break
		}
		var text []byte
		text, err = json.Marshal(k.Findings)
		out = strconv.AppendQuote(append(out[:len(out)-1], ','), k.Kind)
		out = append(append(append(out, ':'), text...), '}')
	}
	return out, err
}

// event is a fact about a run that no slice shows, in words.
type event struct {
	Kind     record.EventKind `json:"kind"`              // what kind of fact it is
	About    string           `json:"arm,omitempty"`     // a scheme, a stage or a part; absent for the whole run
	Nonce    string           `json:"nonce,omitempty"`   // of the processes that were started
	SHA256   string           `json:"sha256,omitempty"`  // of predictions.json
	At       time.Time        `json:"at,omitzero"`       // when predictions.json was frozen
	Sentence string           `json:"sentence"`          // what happened
	Provide  string           `json:"provide,omitempty"` // what would make it possible
	Slices   int              `json:"slices,omitempty"`  // the number of a target's slices that were left out
}

func events(a *analysis.Analysis) []event {
	var all []event
	for _, e := range a.Run.Events {
		all = append(all, event{
			e.Kind, e.About, e.Nonce, e.SHA256, e.At, e.Text().String(), e.Hint().String(), e.Slices,
		})
	}
	return all
}

// scheme is what a reader of figures must know of a scheme: schemes are compared within a guarantee.
type scheme struct {
	Name      string         `json:"name"`      // the scheme's name
	Guarantee plan.Guarantee `json:"guarantee"` // when an ended login stops working
	State     string         `json:"state"`     // where the login lives
	Caveats   []string       `json:"caveats"`   // what to know besides, a sentence each
}

func schemes(a *analysis.Analysis) []scheme {
	var out []scheme
	for _, s := range page.ByGuarantee(a.Run.Plan.NamedSchemes()) {
		out = append(out, scheme{s.Name, s.Guarantee, s.State, listed(s.Caveats)})
	}
	return out
}
