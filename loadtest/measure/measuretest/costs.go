package measuretest

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// launch starts processes anew.
func (b *bench) launch() {
	b.luck = map[string]float64{}
	b.launches++
}

// lucky is how dear this start of a row happens to be. Each row draws from a stream of its own, so that no run changes with the
// rows that there are.
func (b *bench) lucky(arm string) float64 {
	if _, ok := b.luck[arm]; !ok {
		stream := fnv.New64a()
		stream.Write([]byte(arm))
		own := rand.New(rand.NewPCG(b.Seed+b.launches<<32, stream.Sum64()))
		b.luck[arm] = math.Exp(b.Luck * own.NormFloat64())
	}
	return b.luck[arm]
}

// round begins one: interference changes for all rows alike.
func (b *bench) round(round, of int) {
	b.interference = math.Exp(b.Interference*b.rand.NormFloat64()) * (1 + b.Drift*float64(round)/float64(max(1, of-1)))
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
	return us * b.interference * b.lucky(arm) * math.Exp(b.Noise*b.rand.NormFloat64())
}

func (b *bench) store() float64 {
	us := b.Store
	if us == 0 {
		us = 8
	}
	return us * b.interference * math.Exp(b.Noise*b.rand.NormFloat64())
}
