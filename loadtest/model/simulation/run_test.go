package simulation

import (
	"math"
	"testing"
	"time"

	"authlab/loadtest/model"
)

// ran returns the result of a valid Config.
func ran(t testing.TB, c Config) Result {
	t.Helper()
	r, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func within(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got/want-1) > share {
		t.Errorf("%s is %v, want %v ± %v %%", what, got, want, 100*share)
	}
}

// queue returns one process of entire cores, with 1 ms a request, at a rate for 500,000 requests.
func queue(cores, rate float64, law Law) Config {
	return Config{
		Network: model.Network{Replicas: 1, Replica: model.Tier{Demand: 1e-3, Cores: cores}},
		Rate:    rate, Service: law, Warmup: time.Minute, Window: time.Duration(5e5 / rate * float64(time.Second)), Seed: 1,
	}
}

// TestMM1: the time in the system is exponential with mean 1/(μ-λ), and the mean number of requests is ρ/(1-ρ).
func TestMM1(t *testing.T) {
	for _, rate := range []float64{300, 500, 800} {
		r, mean := ran(t, queue(1, rate, Exponential)), 1/(1000-rate)
		within(t, "throughput", r.Throughput, rate, 0.01)
		within(t, "mean", r.Mean.Seconds(), mean, 0.03)
		within(t, "p50", r.P50.Seconds(), mean*math.Ln2, 0.03)
		within(t, "p90", r.P90.Seconds(), mean*math.Log(10), 0.03)
		within(t, "p99", r.P99.Seconds(), mean*math.Log(100), 0.03)
		within(t, "in flight", r.InFlight, rate*mean, 0.03)
		within(t, "utilization", r.Replicas, rate/1000, 0.01)
	}
}

// TestMD1: by Pollaczek and Khinchine, the waiting time of a queue with a constant service time S is ρS / 2(1-ρ).
func TestMD1(t *testing.T) {
	for _, rate := range []float64{300, 500, 800} {
		r, rho := ran(t, queue(1, rate, Constant)), rate/1000
		within(t, "mean", r.Mean.Seconds(), 1e-3*(1+rho/(2*(1-rho))), 0.02)
	}
}

// TestMM2: two servers behind one queue have a mean time of S / (1-ρ²), by Erlang's C formula.
func TestMM2(t *testing.T) {
	r := ran(t, queue(2, 1600, Exponential))
	within(t, "mean", r.Mean.Seconds(), 1e-3/(1-0.64), 0.03)
	within(t, "utilization", r.Replicas, 0.8, 0.01)
}

// TestMeanValueAnalysis compares closed loops on entire cores, for which the model is exact.
func TestMeanValueAnalysis(t *testing.T) {
	for _, connections := range []int{1, 4, 16, 64} {
		n := model.Network{
			Replicas: 4, Connections: connections, Delay: 2e-3,
			Replica:  model.Tier{Demand: 1e-3, Cores: 1},
			Store:    model.Tier{Demand: 0.2e-3, Cores: 1},
			Balancer: model.Tier{Demand: 0.1e-3, Cores: 1},
		}
		s, err := n.Throughput()
		if err != nil {
			t.Fatal(err)
		}
		r := ran(t, Config{
			Network: n, Service: Exponential, Routing: Random,
			Warmup: time.Second, Window: 90 * time.Second, Seed: 1,
		})
		within(t, "throughput", r.Throughput, s.Throughput, 0.01)
		within(t, "response", r.Mean.Seconds(), s.Response, 0.02)
		within(t, "replicas", r.Replicas, s.Replicas.Utilization, 0.01)
		within(t, "store", r.Store, s.Store.Utilization, 0.01)
		within(t, "balancer", r.Balancer, s.Balancer.Utilization, 0.01)
		within(t, "in flight", r.InFlight, r.Throughput*r.Mean.Seconds(), 0.01) // Little's law
		turns := ran(t, Config{Network: n, Warmup: time.Second, Window: 30 * time.Second, Seed: 1})
		if turns.Throughput < r.Throughput*0.99 {
			t.Errorf("%d connections: constant requests in turn make %v/s, exponential requests at random %v/s",
				connections, turns.Throughput, r.Throughput)
		}
	}
}

// scaleModel is like the lab: 0.05 core each; a replica answers 1,000/s, the store 5,000/s.
func scaleModel(replicas int) model.Network {
	return model.Network{
		Replicas: replicas, Connections: 32 * replicas,
		Replica:  model.Tier{Demand: 50e-6, Cores: 0.05},
		Store:    model.Tier{Demand: 10e-6, Cores: 0.05},
		Balancer: model.Tier{Demand: 20e-6, Cores: 1},
	}
}

// TestBudgetsSetTheBottleneck: in a closed loop with many connections, the bottleneck's budget sets the throughput.
func TestBudgetsSetTheBottleneck(t *testing.T) {
	for replicas, want := range map[int]float64{1: 1000, 2: 2000, 4: 4000, 8: 5000, 16: 5000} {
		c := Config{Network: scaleModel(replicas), Warmup: time.Second, Window: 10 * time.Second, Seed: 1}
		c.Network.Connections *= 10
		r := ran(t, c)
		within(t, "throughput", r.Throughput, want, 0.02)
		if replicas >= 8 && r.Store < 0.99 || replicas <= 2 && r.Replicas < 0.98 {
			t.Errorf("%d replicas: %+v", replicas, r)
		}
	}
}

// TestSlackIsSpentOnce: at the start of a run each replica has saved 5 ms of CPU, enough for 100 requests, and never
// again.
func TestSlackIsSpentOnce(t *testing.T) {
	c := Config{Network: scaleModel(1), Window: 2 * time.Second, Seed: 1}
	without := ran(t, c)
	c.Slack = 5 * time.Millisecond
	if more := (ran(t, c).Throughput - without.Throughput) * c.Window.Seconds(); math.Abs(more-100) > 10 {
		t.Errorf("slack brings %.0f more answers, want 100", more)
	}
}

// TestFewStickyUsersCrowd: with few users, some replica has more of them than its share.
func TestFewStickyUsersCrowd(t *testing.T) {
	c := Config{Network: scaleModel(4), Rate: 2000, Window: 10 * time.Second, Seed: 1}
	turns := ran(t, c)
	c.Routing, c.Users = Sticky, 10_000
	many := ran(t, c)
	c.Users = 10
	few := ran(t, c)
	if !(turns.Busiest <= many.Busiest && many.Busiest < few.Busiest) || math.Abs(turns.Busiest-0.5) > 0.01 {
		t.Errorf("the busiest replica: in turn %v, with many users %v, with few %v", turns.Busiest, many.Busiest, few.Busiest)
	}
}

func TestSeeds(t *testing.T) {
	c := Config{Network: scaleModel(2), Rate: 1000, Service: Exponential, Routing: Random, Window: time.Second, Seed: 1}
	if a, b := ran(t, c), ran(t, c); a != b {
		t.Errorf("one seed, two results: %+v and %+v", a, b)
	}
	d := c
	d.Seed = 2
	if a, b := ran(t, c), ran(t, d); a == b {
		t.Error("two seeds, one result")
	}
}

func TestNoRun(t *testing.T) {
	good := Config{Network: scaleModel(1), Window: time.Second}
	for name, spoil := range map[string]func(*Config){
		"no network":     func(c *Config) { c.Network = model.Network{} },
		"no connections": func(c *Config) { c.Network.Connections = 0 },
		"no window":      func(c *Config) { c.Window = 0 },
		"negative rate":  func(c *Config) { c.Rate = -1 },
		"no rate":        func(c *Config) { c.Rate = math.NaN() },
		"no time at all": func(c *Config) { c.Network.Replica.Demand = 1e-10 },
		"no users":       func(c *Config) { c.Routing = Sticky },
	} {
		c := good
		spoil(&c)
		if _, err := Run(c); err == nil {
			t.Errorf("%s: the run was not refused", name)
		}
	}
	if r := ran(t, Config{Network: scaleModel(1), Rate: 1e-3, Window: time.Millisecond}); r.Requests != 0 || r.P99 != 0 {
		t.Errorf("a run without requests: %+v", r)
	}
}

// BenchmarkThousands runs 4,000 replicas for a second: 1,000,000 requests of three tiers at half the capacity.
func BenchmarkThousands(b *testing.B) {
	n := scaleModel(4000)
	n.Store.Cores, n.Balancer.Cores = 20, 40
	c := Config{Network: n, Rate: 1e6, Window: time.Second, Seed: 1}
	for b.Loop() {
		ran(b, c)
	}
}
