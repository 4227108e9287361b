package measuretest

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// stage begins one whose processes are launched anew.
func (b *bench) stage() {
	b.luck = map[string]float64{}
	b.launches++
}

// lucky is how costly some launches of a row happen to be, on average. Each row draws from a stream of its own, so that
// no run changes with the rows that there are.
func (b *bench) lucky(scheme string, launches ...int) float64 {
	sum := 0.0
	for _, launch := range launches {
		name := fmt.Sprint(scheme, "/", launch)
		if _, ok := b.luck[name]; !ok {
			stream := fnv.New64a()
			stream.Write([]byte(name))
			own := rand.New(rand.NewPCG(b.Seed+b.launches<<32, stream.Sum64()))
			b.luck[name] = math.Exp(b.Luck * own.NormFloat64())
		}
		sum += b.luck[name]
	}
	return sum / float64(len(launches))
}

// round begins a round: interference changes for all schemes alike.
func (b *bench) round(round, of int) {
	b.interference = math.Exp(b.Interference*b.rand.NormFloat64()) * (1 + b.Drift*float64(round)/float64(max(1, of-1)))
}

// cost is CPU µs per request of these launches of a row's replica in this slice.
func (b *bench) cost(scheme string, launches ...int) float64 {
	if b.luck == nil {
		b.stage()
	}
	us, ok := b.Costs[scheme]
	if !ok {
		us = 50
	}
	return us * b.interference * b.lucky(scheme, launches...) * math.Exp(b.Noise*b.rand.NormFloat64())
}

func (b *bench) store() float64 {
	us := b.Store
	if us == 0 {
		us = 8
	}
	return us * b.interference * math.Exp(b.Noise*b.rand.NormFloat64())
}
