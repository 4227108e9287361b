package run

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// freeze predicts the held-out sizes from what has been measured so far. It writes the predictions and their checksum
// before these sizes are measured, because a prediction that can still be adjusted proves nothing.
func (r *Run) freeze(budget float64, held []int) error {
	r.progress.Doing("predicting the held-out size")
	measured, err := measure.Read(r.folder.Path())
	if err != nil {
		return err
	}
	f := model.Frozen{At: time.Now().UTC(), HeldOut: held[0]}
	for _, in := range model.Fit(analysis.Compare(measured)) {
		p, err := model.Freeze(in, slices.Concat(held, r.plan.Scaling.Calibrated())...)
		if err != nil {
			return fmt.Errorf("predicting %s: %w", in.Scheme, err)
		}
		f.Predictions = append(f.Predictions, p)
		if e, ok := beyondBottleneck(p, held[len(held)-1], len(r.cpus), plan.Budget(budget), r.costs); ok {
			if err := r.folder.Event(e); err != nil {
				return err
			}
		}
	}
	if err := model.Shares(f.Predictions); err != nil {
		return err
	}
	if len(f.Predictions) == 0 {
		return r.folder.Event(record.Event{
			Kind: record.Skipped, About: "predictions", Said: message.New("event.nothing-to-predict"),
		})
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
		Said: message.New("event.predicted", "replicas", f.HeldOut),
	})
}

// beyond is how large a cluster must be, as a multiple of N*, to show that its store is the bottleneck.
const beyond = 1.5

// beyondBottleneck returns an event about the cluster that would show the predicted bottleneck, where the plan has no
// cluster that large: a bottleneck that was not observed is only a prediction. There is no event for a scheme without a
// store, or where the held-out size is large enough.
func beyondBottleneck(
	p model.Prediction, heldOut, cores int, budget plan.Budget, c plan.Costs,
) (e record.Event, ok bool) {
	if math.IsInf(p.Crossover.Center, 0) {
		return e, false
	}
	size := int(math.Ceil(beyond * p.Crossover.Center))
	if size <= heldOut {
		return e, false
	}
	fits, arithmetic := plan.Fits(cores, size, budget, c)
	why, help := message.Text(arithmetic), message.New("help.more-cores")
	if fits {
		why, help = message.New("event.largest", "size", heldOut), message.New("help.add-size", "size", size)
	}
	return record.Event{
		Kind: record.DoesNotFit, About: fmt.Sprintf("%s × %d", p.Inputs.Scheme, size), Help: help,
		Said: message.New("event.bottleneck-not-seen", "from", p.Crossover.Center, "size", size, "why", why),
	}, true
}
