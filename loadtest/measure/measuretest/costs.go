package measuretest

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// launch starts new processes.
func (b *bench) launch() {
	b.luck = map[string]float64{}
	b.launches++
}

// lucky is the cost factor of this start of a scheme. Each scheme draws from its own stream, so that a run does not
// change with the set of schemes.
func (b *bench) lucky(arm string) float64 {
	if _, ok := b.luck[arm]; !ok {
		stream := fnv.New64a()
		stream.Write([]byte(arm))
		own := rand.New(rand.NewPCG(b.Seed+b.launches<<32, stream.Sum64()))
		b.luck[arm] = math.Exp(b.Luck * own.NormFloat64())
	}
	return b.luck[arm]
}

// round begins a round: interference changes for all schemes alike.
func (b *bench) round(round, of int) {
	b.interference = math.Exp(b.Interference*b.rand.NormFloat64()) * (1 + b.Drift*float64(round)/float64(max(1, of-1)))
}

// cost is CPU µs per request of a scheme's replica in this slice.
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
