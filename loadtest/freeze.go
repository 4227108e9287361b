package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/model"
)

// freeze predicts the size that is held out from what was measured until now, and writes it down with its checksum, before
// that size is measured: a prediction that could still be adjusted is none.
func (r *run) freeze() error {
	r.progress.doing("predicting the size that is held out")
	measured, err := measure.Read(r.folder.path)
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
	}
	if len(f.Predictions) == 0 {
		return r.folder.event(measure.Event{Kind: measure.Skipped, Arm: "predictions", Sentence: "no row was measured well enough to predict from"})
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if err := os.WriteFile(filepath.Join(r.folder.path, "predictions.json"), text, 0o644); err != nil {
		return fmt.Errorf("cannot write the predictions: %w", err)
	}
	return r.folder.event(measure.Event{
		Kind: measure.Predicted, SHA256: fmt.Sprintf("%x", sha256.Sum256(text)), At: f.At,
		Sentence: fmt.Sprintf("the throughput of %d replicas was predicted before it was measured", f.HeldOut),
	})
}
