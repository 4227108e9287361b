package model

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/replay"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Frozen is predictions.json: the predictions from the calibrated sizes, made before the held-out size was measured.
type Frozen struct {
	At          time.Time    `json:"frozen_at"`
	HeldOut     int          `json:"held_out_replicas"`
	Predictions []Prediction `json:"predictions"`
}

// Trial is one prediction and the later measurement.
type Trial struct {
	Scheme     string         `json:"scheme"`             // the scheme's name
	Predicted  stats.Interval `json:"predicted_share"`    // of the control's throughput with as many replicas
	Measured   stats.Interval `json:"measured_share"`     // the same, within the same rounds
	Error      stats.Interval `json:"signed_error"`       // Predicted ÷ Measured − 1
	Bottleneck string         `json:"predicted_wall"`     // the predicted bottleneck
	Crossover  stats.Interval `json:"crossover_replicas"` // under these budgets
	// Store is the predicted and the measured utilization of the store at the held-out size. N* depends on it, but the
	// ratio of throughputs does not test it while the replicas are the bottleneck. Zero without a store.
	Store Used `json:"store_used,omitzero"`
	// Larger are the sizes above the one held out, which were predicted with it.
	Larger []Larger `json:"larger,omitempty"`
	// Bend is where the store was measured to become the bottleneck, and Miss by which share of it Crossover is too far
	// (or, negative, too near); zero where it was not measured.
	Bend stats.Interval `json:"bend_replicas,omitzero"`
	Miss float64        `json:"crossover_signed_error,omitempty"`
	// Far is the outlook on machines of one whole core each, and FarCrossover the number of those at which the store is
	// the bottleneck.
	Far          []Outlook      `json:"outlook,omitempty"`
	FarCrossover stats.Interval `json:"outlook_crossover_replicas,omitzero"`
	// Withheld says why there is no outlook.
	Withheld message.Sentence `json:"outlook_withheld,omitzero"`
}

// Larger is what was predicted for a size above the one held out, and what was measured.
type Larger struct {
	Replicas  int            `json:"replicas"`        // their number
	Predicted stats.Interval `json:"predicted_share"` // of the control's throughput with as many replicas
	Measured  stats.Interval `json:"measured_share"`  // the same, within the same rounds
	Error     stats.Interval `json:"signed_error"`    // Predicted ÷ Measured − 1
	Store     Used           `json:"store_used,omitzero"`
}

// Used is which share of its budget a tier uses.
type Used struct {
	Predicted float64 `json:"predicted"` // share of the budget, before it was measured
	Measured  float64 `json:"measured"`  // share of the budget
}

// Missed reports whether the prediction was off by more than Tolerance. N* is then wrong by as much, however well the
// throughput was predicted: while the replicas are the bottleneck, the throughput does not depend on the store.
func (u Used) Missed() bool { return u.Measured > 0 && math.Abs(u.Predicted/u.Measured-1) > Tolerance }

// Outlook is the prediction for an unmeasured size, on machines of one entire core each.
type Outlook struct {
	Replicas   int     `json:"replicas"`             // their number
	Ratio      float64 `json:"ratio_to_one_replica"` // throughput ÷ that of one such replica
	Bottleneck string  `json:"wall"`                 // the tier that is used up first
}

// Judgement is how accurate the model was. It is empty without predictions.
type Judgement struct {
	HeldOut int `json:"held_out_replicas"` // the size that was predicted before it was measured
	// Crowding is the share by which a request costs more in a large crowd of replicas than in the smallest.
	Crowding stats.Interval `json:"crowding"`
	Trials   []Trial        `json:"trials"` // by scheme
}

// Judge compares the frozen predictions of a run with the later measurements. It fails if the file cannot be read.
func Judge(a *analysis.Analysis) (Judgement, error) {
	if len(a.Run.Predictions) == 0 {
		return Judgement{}, nil
	}
	var f Frozen
	if err := json.Unmarshal(a.Run.Predictions, &f); err != nil {
		return Judgement{}, fmt.Errorf("predictions.json cannot be read: %w", err)
	}
	j := Judgement{HeldOut: f.HeldOut, Crowding: a.Crowding.Interval()}
	if err := f.share(); err != nil {
		return Judgement{}, err
	}
	for _, p := range f.Predictions {
		if p.Inputs.Scheme == plan.Control {
			continue // its share of itself is no prediction
		}
		first, ok, err := compare(a, p, f.HeldOut)
		if err != nil {
			return Judgement{}, err
		}
		if !ok {
			continue // the run ended before it was measured
		}
		forecast, _ := p.Of(f.HeldOut)
		t := Trial{
			Scheme: p.Inputs.Scheme, Predicted: first.Predicted, Measured: first.Measured, Error: first.Error,
			Store:      first.Store,
			Bottleneck: string(forecast.Bounds.Bottleneck), Crossover: p.Crossover,
		}
		for _, forecast := range p.Forecasts {
			larger, ok, err := compare(a, p, forecast.Replicas)
			if err != nil {
				return Judgement{}, err
			}
			if ok && forecast.Replicas > f.HeldOut {
				t.Larger = append(t.Larger, larger)
			}
		}
		t.bend(a)
		t.outlook(a, p.Inputs)
		j.Trials = append(j.Trials, t)
	}
	return j, nil
}

// share derives the shares of the control where a file was written without them. They follow from the inputs, which are
// frozen with the rest.
func (f Frozen) share() error {
	for _, p := range f.Predictions {
		if forecast, ok := p.Of(f.HeldOut); ok && forecast.Share.Center > 0 {
			return nil
		}
	}
	return Shares(f.Predictions)
}

// compare holds what was predicted for a size against what was measured; ok is false where one of them is missing.
func compare(a *analysis.Analysis, p Prediction, replicas int) (l Larger, ok bool, err error) {
	forecast, predicted := p.Of(replicas)
	x := throughput(a, p.Inputs.Scheme, replicas)
	if !predicted || forecast.Share.Center == 0 || !x.Control.Known() {
		return l, false, nil
	}
	l = Larger{Replicas: replicas, Predicted: forecast.Share, Measured: x.Control.Interval()}
	if p.Inputs.Store.Demand.Center > 0 {
		l.Store = Used{Predicted: forecast.Solution.Store.Utilization, Measured: x.Busy["store"]}
	}
	l.Error, err = p.Error(replicas, l.Measured)
	return l, true, err
}

// bend notes where the store was measured to become the bottleneck.
func (t *Trial) bend(a *analysis.Analysis) {
	for _, b := range a.Bends {
		if b.Name == t.Scheme && b.Reached() {
			t.Bend, t.Miss = b.At.Interval(), t.Crossover.Center/b.At.Center-1
		}
	}
}

// outlook extrapolates to machines of one whole core each, with the demands of unbudgeted cells. A balancer is
// multiplied along with the replicas there, so it is left out of the question.
func (t *Trial) outlook(a *analysis.Analysis, in Inputs) {
	replica, store := unbudgeted(a, in)
	switch {
	case replica.Demand.Center == 0:
		t.Withheld = message.Say("outlook.no-replica-cost")
		return
	case in.Store.Demand.Center > 0 && store.Demand.Center == 0:
		t.Withheld = message.Say("outlook.no-store-cost")
		return
	case t.Store.Missed():
		t.Withheld = message.Say("outlook.store-missed", "predicted", t.Store.Predicted, "measured", t.Store.Measured)
		return
	}
	far := in.On(replica, store, Measured{})
	one, err := Freeze(far, 1)
	if err != nil {
		t.Withheld = message.Sentence{Message: message.Text(err.Error())}
		return
	}
	predicted, err := Extrapolate(far, []stats.Interval{t.Error}, FarSizes()...)
	if err != nil {
		t.Withheld = message.Say("outlook.missed", "tolerance", Tolerance)
		return
	}
	base, _ := one.Of(1)
	for _, f := range predicted.Forecasts {
		t.Far = append(t.Far, Outlook{f.Replicas, f.Throughput.Center / base.Throughput.Center, string(f.Bounds.Bottleneck)})
	}
	t.FarCrossover = predicted.Crossover
}

// Whole returns the inputs of the same scheme on machines of one entire core each, with the demands of unbudgeted cells
// and without a balancer. A demand that was not measured is zero.
func (in Inputs) Whole(a *analysis.Analysis) Inputs {
	replica, store := unbudgeted(a, in)
	return in.On(replica, store, Measured{})
}

// unbudgeted returns the demands on a replica and on the store without a small budget. Where the run has a replay, the
// store's cost was measured on a whole core: a store that waits for a budget costs more.
func unbudgeted(a *analysis.Analysis, in Inputs) (replica, store Measured) {
	for _, c := range a.Demand {
		if c.Name == in.Scheme && c.CPU.Known() {
			replica = demand(c.CPU, 1)
		}
	}
	if in.Store.Demand.Center == 0 {
		return replica, store
	}
	for _, c := range a.Tiers {
		if c.Tier == "store" && c.Scheme == in.Scheme && c.CPU.Known() {
			store = demand(c.CPU, 1)
		}
	}
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(*replay.Findings); ok {
			for _, c := range f.Carried {
				if c.Name == in.Scheme && c.Store.Known() && c.Withheld.IsZero() {
					store = demand(c.Store, 1)
				}
			}
		}
	}
	return replica, store
}

func throughput(a *analysis.Analysis, scheme string, replicas int) analysis.Throughput {
	for _, x := range a.Scaling {
		if x.Name == scheme && x.Replicas == replicas {
			return x
		}
	}
	return analysis.Throughput{}
}
