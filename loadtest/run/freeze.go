package run

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/model"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// freeze predicts the size that is held out from what was measured until now, and writes it down with its checksum, before
// that size is measured: a prediction that could still be adjusted is none.
func (r *Run) freeze(budget float64) error {
	r.progress.Doing("predicting the size that is held out")
	measured, err := measure.Read(r.folder.Path())
	if err != nil {
		return err
	}
	f := model.Frozen{At: time.Now().UTC(), HeldOut: r.plan.Scaling.HeldOut}
	for _, in := range model.Fit(analysis.Compare(measured)) {
		p, err := model.Freeze(in, append([]int{f.HeldOut}, r.plan.Scaling.Calibrated()...)...)
		if err != nil {
			return fmt.Errorf("predicting %s: %w", in.Scheme, err)
		}
		f.Predictions = append(f.Predictions, p)
		if e, ok := beyondWall(p, f.HeldOut, len(r.cpus), plan.Budget(budget), r.costs); ok {
			if err := r.folder.Event(e); err != nil {
				return err
			}
		}
	}
	if len(f.Predictions) == 0 {
		return r.folder.Event(record.Event{Kind: record.Skipped, Arm: "predictions", Sentence: "no row was measured well enough to predict from"})
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if err := r.folder.Predictions(text); err != nil {
		return err
	}
	return r.folder.Event(record.Event{
		Kind: record.Predicted, SHA256: fmt.Sprintf("%x", sha256.Sum256(text)), At: f.At,
		Sentence: fmt.Sprintf("the throughput of %d replicas was predicted before it was measured", f.HeldOut),
	})
}

// beyond is how many times N* a cluster must have to show that its store is the wall.
const beyond = 1.5

// beyondWall is about the cluster that would show the wall which is predicted, where the plan has none as large: a wall that nobody
// saw is a prediction. There is none for a row without a store, or where the size held out is as large.
func beyondWall(p model.Prediction, heldOut, cores int, budget plan.Budget, c plan.Costs) (e record.Event, ok bool) {
	if math.IsInf(p.Crossover.Center, 0) {
		return e, false
	}
	size := int(math.Ceil(beyond * p.Crossover.Center))
	if size <= heldOut {
		return e, false
	}
	fits, why := plan.Fits(cores, size, budget, c)
	provide := "a machine with more cores, or a smaller budget in the plan"
	if fits {
		why, provide = fmt.Sprintf("the plan's largest size is %d", heldOut), fmt.Sprintf("add %d to the sizes of the plan", size)
	}
	return record.Event{
		Kind: record.DoesNotFit, Arm: fmt.Sprintf("%s × %d", p.Inputs.Scheme, size), Provide: provide,
		Sentence: fmt.Sprintf("that its store is the wall from %.1f replicas on would be seen with %d: %s", p.Crossover.Center, size, why),
	}, true
}
