package measuretest

import (
	"math"

	"authlab/loadtest/plan"
)

// launch starts processes anew.
func (b *bench) launch() {
	b.luck = map[string]float64{}
	for _, s := range plan.Schemes {
		b.luck[s.Name] = math.Exp(b.Luck * b.rand.NormFloat64())
	}
}

// round begins one: the weather changes for all rows alike.
func (b *bench) round(round, of int) {
	b.weather = math.Exp(b.Weather*b.rand.NormFloat64()) * (1 + b.Drift*float64(round)/float64(max(1, of-1)))
}

// cost is CPU µs per request of a row's replica in this slice.
func (b *bench) cost(arm string) float64 {
	if b.luck == nil {
		b.launch()
	}
	us, ok := b.Costs[arm]
	if !ok {
		us = 50
	}
	return us * b.weather * b.luck[arm] * math.Exp(b.Noise*b.rand.NormFloat64())
}

func (b *bench) store() float64 {
	us := b.Store
	if us == 0 {
		us = 8
	}
	return us * b.weather * math.Exp(b.Noise*b.rand.NormFloat64())
}
