package model

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/stats"
)

// Frozen is predictions.json: what was predicted from the calibrated sizes before the held-out one was measured.
type Frozen struct {
	At          time.Time    `json:"frozen_at"`
	HeldOut     int          `json:"held_out_replicas"`
	Predictions []Prediction `json:"predictions"`
}

// Trial is one prediction and what was then measured.
type Trial struct {
	Scheme    string         `json:"scheme"`
	Predicted stats.Interval `json:"predicted"` // ratio of throughputs, held-out size to the smallest
	Measured  stats.Interval `json:"measured"`  // the same, of the same rounds
	Error     stats.Interval `json:"signed_error"`
	Wall      string         `json:"predicted_wall"`     // the tier that was predicted to be used up first
	Crossover stats.Interval `json:"crossover_replicas"` // under these budgets
	// Store is which share of its budget the store was predicted to use at the held-out size, and did: what N* hangs on, and the
	// ratio of throughputs does not test while the replicas are the wall. Zero without a store.
	Store Used `json:"store_used,omitzero"`
	// Far is the outlook on machines of one whole core each, and FarCrossover the number of those at which the store is the wall.
	Far          []Outlook      `json:"outlook,omitempty"`
	FarCrossover stats.Interval `json:"outlook_crossover_replicas,omitzero"`
	// Withheld says why there is no outlook.
	Withheld string `json:"outlook_withheld,omitempty"`
}

// Used is which share of its budget a tier uses.
type Used struct {
	Predicted float64 `json:"predicted"`
	Measured  float64 `json:"measured"`
}

// Missed tells whether the prediction was further from what was measured than the model may be. N* is then wrong by as much, however
// well the throughput was predicted: while replicas are the wall, that does not know the store.
func (u Used) Missed() bool { return u.Measured > 0 && math.Abs(u.Predicted/u.Measured-1) > Tolerance }

// Outlook is a size that nobody measured, on machines of one whole core each.
type Outlook struct {
	Replicas int     `json:"replicas"`
	Ratio    float64 `json:"ratio_to_one_replica"`
	Wall     string  `json:"wall"`
}

// Judgement is how right the model was. It is empty where nothing was predicted.
type Judgement struct {
	HeldOut  int            `json:"held_out_replicas"`
	Crowding stats.Interval `json:"crowding"`
	Trials   []Trial        `json:"trials"`
}

// Judge holds the frozen predictions of a run against what was measured afterwards. The error is a file that cannot be read.
func Judge(a *analysis.Analysis) (Judgement, error) {
	if len(a.Run.Predictions) == 0 {
		return Judgement{}, nil
	}
	var f Frozen
	if err := json.Unmarshal(a.Run.Predictions, &f); err != nil {
		return Judgement{}, fmt.Errorf("predictions.json cannot be read: %w", err)
	}
	j := Judgement{HeldOut: f.HeldOut, Crowding: a.Crowding.Interval()}
	for _, p := range f.Predictions {
		forecast, ok := p.Of(f.HeldOut)
		x := throughput(a, p.Inputs.Scheme, f.HeldOut)
		if !ok || !x.Speedup.Known() {
			continue // the run ended before it was measured
		}
		t := Trial{
			Scheme: p.Inputs.Scheme, Predicted: forecast.Ratio, Measured: x.Speedup.Interval(), Wall: string(forecast.Bounds.Wall), Crossover: p.Crossover,
		}
		if p.Inputs.Store.Demand.Center > 0 {
			t.Store = Used{Predicted: forecast.Solution.Store.Utilization, Measured: x.Busy["store"]}
		}
		var err error
		if t.Error, err = p.Error(f.HeldOut, t.Measured); err != nil {
			return Judgement{}, err
		}
		t.outlook(a, p.Inputs)
		j.Trials = append(j.Trials, t)
	}
	return j, nil
}

// outlook extrapolates to machines of one whole core each, with the demands of unbudgeted cells. A balancer is multiplied
// along with the replicas there, so it is left out of the question.
func (t *Trial) outlook(a *analysis.Analysis, in Inputs) {
	replica, store := whole(a, in)
	switch {
	case replica.Demand.Center == 0:
		t.Withheld = "what a request costs without a budget was not measured"
		return
	case in.Store.Demand.Center > 0 && store.Demand.Center == 0:
		t.Withheld = "what a request costs the store was not measured"
		return
	case t.Store.Missed():
		t.Withheld = fmt.Sprintf("the store was predicted to use %.0f %% of its budget at the size held out, and used %.0f %%",
			100*t.Store.Predicted, 100*t.Store.Measured)
		return
	}
	far := in.On(replica, store, Measured{})
	one, err := Freeze(far, 1)
	if err != nil {
		t.Withheld = err.Error()
		return
	}
	predicted, err := Extrapolate(far, []stats.Interval{t.Error}, FarSizes()...)
	if err != nil {
		t.Withheld = fmt.Sprintf("the prediction of the size held out was off by more than %.0f %%", 100*Tolerance)
		return
	}
	base, _ := one.Of(1)
	for _, f := range predicted.Forecasts {
		t.Far = append(t.Far, Outlook{f.Replicas, f.Throughput.Center / base.Throughput.Center, string(f.Bounds.Wall)})
	}
	t.FarCrossover = predicted.Crossover
}

// Whole is the same row on machines of one whole core each, with the demands of unbudgeted cells and a balancer that is no part
// of the question. A demand that was not measured is zero.
func (in Inputs) Whole(a *analysis.Analysis) Inputs {
	replica, store := whole(a, in)
	return in.On(replica, store, Measured{})
}

// whole is what a request costs a replica and the store without a small budget.
func whole(a *analysis.Analysis, in Inputs) (replica, store Measured) {
	for _, c := range a.Demand {
		if c.Name == in.Scheme && c.CPU.Known() {
			replica = demand(c.CPU, 1)
		}
	}
	for _, c := range a.Tiers {
		if c.Tier == "store" && c.Arm == in.Scheme && c.CPU.Known() && in.Store.Demand.Center > 0 {
			store = demand(c.CPU, 1)
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
