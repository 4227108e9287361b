package model

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
)

// Across adds the change of N* to a comparison of two runs, for the schemes for which both runs predicted one. It fails
// if the predictions of a run cannot be read.
func Across(x *analysis.Across, before, after *analysis.Analysis) error {
	var runs [2]Judgement
	for i, a := range []*analysis.Analysis{before, after} {
		var err error
		if runs[i], err = Judge(a); err != nil {
			return err
		}
	}
	for _, b := range runs[0].Trials {
		for _, a := range runs[1].Trials {
			if a.Scheme != b.Scheme || !finite(a.Crossover.Center) || !finite(b.Crossover.Center) {
				continue // a scheme without a store has no N*
			}
			x.Add(analysis.Change{
				Figure: message.New("figure.crossover"), Scheme: b.Scheme,
				Old: b.Crossover.Estimate(1), New: a.Crossover.Estimate(1), Once: true,
			})
		}
	}
	return nil
}
