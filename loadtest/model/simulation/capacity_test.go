package simulation

import (
	"math"
	"testing"
	"time"

	"authlab/loadtest/model"
)

func TestCapacityOfMM1(t *testing.T) {
	// p99 = ln 100 / (μ-λ) is 20 ms at λ = 1000 - 230.3.
	o := Objective{P99: 20 * time.Millisecond, Growth: 0.01}
	c := queue(1, 1, Exponential)
	c.Window = 3 * time.Minute
	b, err := Capacity(c, o, 0.02)
	want := 1000 - math.Log(100)/0.02
	if err != nil || b.Held > want*1.02 || b.Failed < want*0.98 || b.Failed > b.Held*1.02 {
		t.Errorf("%+v, want %.1f within: %v", b, want, err)
	}
}

// TestCapacityOfTheLab: it is below the ceiling, because requests wait for a frozen process, and known within 5 %.
func TestCapacityOfTheLab(t *testing.T) {
	for _, replicas := range []int{1, 4, 8} {
		c := Config{Network: scaleModel(replicas), Warmup: time.Second, Window: 10 * time.Second, Seed: 1}
		bounds, err := c.Network.Bounds()
		if err != nil {
			t.Fatal(err)
		}
		b, err := Capacity(c, Usual(), 0.05)
		if err != nil || b.Held < 0.7*bounds.Ceiling || b.Held > bounds.Ceiling || b.Failed > 1.05*b.Held {
			t.Errorf("%d replicas: %+v of %v: %v", replicas, b, bounds.Ceiling, err)
		}
	}
}

func TestNoCapacity(t *testing.T) {
	c := Config{Network: scaleModel(1), Window: 10 * time.Second, Seed: 1}
	if b, err := Capacity(c, Objective{P99: time.Nanosecond}, 0.05); err != nil || b.Held != 0 {
		t.Errorf("an objective that no request can meet: %+v, %v", b, err)
	}
	if _, err := Capacity(c, Usual(), 0); err == nil {
		t.Error("a search for a bracket without width")
	}
	c.Network = model.Network{}
	if _, err := Capacity(c, Usual(), 0.05); err == nil {
		t.Error("no network has a capacity")
	}
}

// TestOverloadIsNoticed: a server with 1 ms a request answers 1,000 of 1,100 requests/s. The growth of the queue shows
// it, even with the most generous latency objective.
func TestOverloadIsNoticed(t *testing.T) {
	c := queue(1, 1100, Constant)
	r := ran(t, c)
	within(t, "throughput", r.Throughput, 1000, 0.001)
	within(t, "growth", r.Growth, 100, 0.05)
	within(t, "utilization", r.Replicas, 1, 1e-6)
	patient := Objective{P99: time.Hour, Growth: 0.01}
	if patient.Held(r, c.Rate) {
		t.Errorf("an overloaded server met the objective: %+v", r)
	}
	c.Rate = 900
	if r := ran(t, c); !patient.Held(r, c.Rate) {
		t.Errorf("a server that is not overloaded missed the objective: %+v", r)
	}
}
