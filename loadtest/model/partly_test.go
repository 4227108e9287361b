package model

import (
	"testing"

	"authlab/loadtest/stats"
)

// wakened is scaleModel's cluster with a store that a request costs 20 µs when it idles and 10 µs when it is full.
func wakened() Inputs {
	in := scaleModel()
	in.Calibrated = 1
	in.StorePartly = []Partly{{0.2, 20e-6}, {0.6, 14e-6}}
	return in
}

func TestAStoreThatIsBusierCostsLess(t *testing.T) {
	in := wakened()
	for _, c := range []struct{ share, want float64 }{
		{0, 20e-6}, {0.2, 20e-6}, {0.4, 17e-6}, {0.6, 14e-6}, {0.8, 12e-6}, {1, 10e-6}, {1.1, 10e-6},
	} {
		if got := at(in.StorePartly, 10e-6, c.share); !near(got, c.want, 1e-9) {
			t.Errorf("at a share of %g: %g, want %g", c.share, got, c.want)
		}
	}
	if got := at(nil, 10e-6, 0.3); got != 10e-6 {
		t.Errorf("without points: %g", got)
	}
}

// TestThePartlyUsedStore: replicas that answer 1,000/s each use more of the store than its cost when it is full says,
// and the line bends where it would have bent, because there the store is full.
func TestThePartlyUsedStore(t *testing.T) {
	full, partly := frozen(t, scaleModel(), 3, 8), frozen(t, wakened(), 3, 8)
	before, _ := full.Of(3)
	after, _ := partly.Of(3)
	if !near(before.Solution.Store.Utilization, 0.6, 0.05) || after.Solution.Store.Utilization < 0.7 {
		t.Errorf("three replicas use %.2f of the store, by its cost when it is full, and %.2f as it is",
			before.Solution.Store.Utilization, after.Solution.Store.Utilization)
	}
	if u := after.Solution.Store; !near(u.Utilization, after.Throughput.Center*at(wakened().StorePartly, 10e-6,
		u.Utilization)/0.05, 0.01) {
		t.Errorf("a store used by %.3f does not fit what a request costs it then", u.Utilization)
	}
	eight, _ := full.Of(8)
	same, _ := partly.Of(8)
	if !near(same.Throughput.Center, eight.Throughput.Center, 0.02) || partly.Crossover != full.Crossover {
		t.Errorf("eight replicas beyond the bend: %v, want %v", same.Throughput, eight.Throughput)
	}
	if same.Throughput.Low > same.Throughput.Center || same.Throughput.High < same.Throughput.Center {
		t.Errorf("the middle is not in the interval: %+v", same.Throughput)
	}
}

func TestOnOtherMachinesNoStoreIsKnownInParts(t *testing.T) {
	one := Measured{stats.Exactly(20e-6), 1}
	if in := wakened().On(one, one, Measured{}); in.StorePartly != nil {
		t.Errorf("what a small budget costs was taken to whole cores: %+v", in)
	}
}
