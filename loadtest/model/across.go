package model

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
)

// Comparands are the N* of the schemes that have one, for a comparison with another run.
func (j Judgement) Comparands() (all []analysis.Comparand) {
	for _, t := range j.Trials {
		if finite(t.Crossover.Center) { // a scheme without a store has no N*
			all = append(all, analysis.Comparand{
				Key: "crossover", Scheme: t.Scheme, Figure: message.Say("figure.crossover"), Of: t.Crossover.Estimate(1),
				Once: true,
			})
		}
	}
	return all
}
