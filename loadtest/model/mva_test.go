package model

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// timesharing is the system of Jain, "The Art of Computer Systems Performance Analysis", Wiley 1991, example 34.2: a
// CPU (0.125 s, 16 visits), two disks (0.3 s, 10 visits; 0.2 s, 5 visits) and users who think for 4 s. The CPU takes
// the place of the only replica.
func timesharing(users int) Network {
	return Network{
		Replicas: 1, Connections: users, Delay: 4,
		Replica: Tier{0.125 * 16, 1}, Store: Tier{0.3 * 10, 1}, Balancer: Tier{0.2 * 5, 1},
	}
}

// TestJain compares with the book's table 34.1, which has three decimals. By hand, with two users: one user alone would
// stay 2 + 3 + 1 = 6 s and have mean queues of 0.1·(2, 3, 1) at the three stations. The second user finds these queues
// and stays 2·1.2 + 3·1.3 + 1·1.1 = 7.4 s. The two make 2 / (7.4 + 4) = 0.175 requests/s.
func TestJain(t *testing.T) {
	for _, row := range []struct {
		users                  int
		response, x            float64
		cpu, diskA, diskB      float64 // s a visit
		atCPU, atDiskA, atDisk float64 // jobs
	}{
		{1, 6.000, 0.100, 0.125, 0.300, 0.200, 0.200, 0.300, 0.100},
		{2, 7.400, 0.175, 0.150, 0.390, 0.220, 0.421, 0.684, 0.193},
		{3, 9.088, 0.229, 0.178, 0.505, 0.239, 0.651, 1.158, 0.273},
		{4, 11.051, 0.266, 0.206, 0.647, 0.255, 0.878, 1.721, 0.338},
		{5, 13.256, 0.290, 0.235, 0.816, 0.268, 1.088, 2.365, 0.388},
		{17, 47.045, 0.333, 0.370, 3.962, 0.300, 1.974, 13.195, 0.499},
		{20, 56.016, 0.333, 0.373, 4.854, 0.300, 1.991, 16.177, 0.500},
	} {
		s := solved(t, timesharing(row.users))
		for name, v := range map[string][2]float64{
			"response": {s.Response, row.response}, "throughput": {s.Throughput, row.x},
			"CPU":    {s.Replicas.Residence / 16, row.cpu},
			"disk A": {s.Store.Residence / 10, row.diskA},
			"disk B": {s.Balancer.Residence / 5, row.diskB},
			"at CPU": {s.Replicas.Queue, row.atCPU}, "at disk A": {s.Store.Queue, row.atDiskA},
			"at disk B": {s.Balancer.Queue, row.atDisk},
		} {
			if math.Abs(v[0]-v[1]) > 0.00051 {
				t.Errorf("%d users, %s: %.4f, in the book %.3f", row.users, name, v[0], v[1])
			}
		}
	}
}

// buzen returns the throughput of a closed network of stations with the given demands and a delay by convolution
// (Buzen, "Computational Algorithms for Closed Queueing Networks with Exponential Servers", Communications of the ACM
// 16(9), 1973): g[m] is the normalising constant for m customers, and X(M) = g[M-1] / g[M]. The delay comes first, as
// an infinite server: Z^m / m!.
func buzen(demands []float64, delay float64, customers int) float64 {
	g := make([]float64, customers+1)
	g[0] = 1
	for m := 1; m <= customers; m++ {
		g[m] = g[m-1] * delay / float64(m)
	}
	for _, d := range demands {
		for m := 1; m <= customers; m++ {
			g[m] += d * g[m-1]
		}
	}
	return g[customers-1] / g[customers]
}

// TestConvolution checks buzen with Jain's example 35.5: demands of 0.78, 2.34 and 1.56 s, a delay of 4.68 s and three
// customers give 0.264 requests/s.
func TestConvolution(t *testing.T) {
	if x := buzen([]float64{0.78, 2.34, 1.56}, 4.68, 3); math.Abs(x-0.264) > 0.00051 {
		t.Errorf("%.4f requests/s, in the book 0.264", x)
	}
}

// TestOneReplicaRepresentsAll compares with a convolution over every replica, which is independent of mean value
// analysis.
func TestOneReplicaRepresentsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyNetwork(t)
		const scale = 1e4 // keeps the constants within the range of a float; the unit of time is free
		var demands []float64
		for range n.Replicas {
			demands = append(demands, scale*n.Replica.service()/float64(n.Replicas))
		}
		demands = append(demands, scale*n.Store.service(), scale*n.Balancer.service())
		want := scale * buzen(demands, scale*n.delay(), n.Connections)
		if got := solved(t, n).Throughput; !near(got, want, 1e-9) {
			t.Fatalf("%v requests/s, by convolution %v", got, want)
		}
	})
}

func TestLawsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyNetwork(t)
		s := solved(t, n)
		total := s.Replicas.Queue + s.Store.Queue + s.Balancer.Queue + s.Throughput*n.Delay
		if !near(total, float64(n.Connections), 1e-9) {
			t.Errorf("%d connections, but %v in the queues and the delay", n.Connections, total)
		}
		if l := s.Throughput * (s.Response + n.Delay); !near(l, float64(n.Connections), 1e-9) {
			t.Errorf("Little's law: %v connections of %d", l, n.Connections)
		}
		for name, tier := range map[string]struct {
			Load
			Tier
			processes int
		}{
			"replicas": {s.Replicas, n.Replica, n.Replicas},
			"store":    {s.Store, n.Store, 1},
			"balancer": {s.Balancer, n.Balancer, 1},
		} {
			if !near(tier.Queue, s.Throughput*tier.Residence, 1e-12) {
				t.Errorf("Little's law at the %s: %v", name, tier)
			}
			utilization := s.Throughput * tier.Demand / (tier.Cores * float64(tier.processes))
			if tier.Demand > 0 && !near(tier.Utilization, utilization, 1e-12) {
				t.Errorf("utilization law at the %s: %v", name, tier)
			}
			if tier.Utilization > 1+1e-12 || tier.Residence < tier.Demand*(1-1e-12) {
				t.Errorf("the %s is over its capacity: %v", name, tier)
			}
		}
	})
}

// TestMonotonicity: more capacity helps and more demand hurts, in every product-form network of fixed-rate stations.
func TestMonotonicity(t *testing.T) {
	const slack = 1 + 1e-12
	rapid.Check(t, func(t *rapid.T) {
		n := anyNetwork(t)
		x := solved(t, n).Throughput
		more, wider, faster, costlier, farther := n, n, n, n, n
		more.Connections++
		wider.Replicas++
		faster.Replica.Cores *= 1.1
		costlier.Replica.Demand *= 1.1
		farther.Delay += 1e-4
		for _, better := range []Network{more, wider, faster} {
			if y := solved(t, better).Throughput; y*slack < x {
				t.Errorf("%+v answers %v/s, less than %v", better, y, x)
			}
		}
		for _, worse := range []Network{costlier, farther} {
			if y := solved(t, worse).Throughput; y > x*slack {
				t.Errorf("%+v answers %v/s, more than %v", worse, y, x)
			}
		}
	})
}

// TestManyConnections covers a case in which a convolution overflows. With one clear bottleneck, the throughput is that
// of the bottleneck.
func TestManyConnections(t *testing.T) {
	n := Network{Replicas: 1000, Connections: 100_000, Replica: Tier{50e-6, 0.05}, Store: Tier{10e-6, 0.5}, Delay: 1e-3}
	s, b := solved(t, n), bounded(t, n)
	if !near(s.Throughput, 50_000, 1e-9) || b.Bottleneck != AtStore || !near(s.Store.Utilization, 1, 1e-9) {
		t.Errorf("%+v within %+v, want the store's 50,000 requests/s", s, b)
	}
}

// TestCoresBeyondTheFirst: two cores serve two requests at once, not one request twice as fast.
func TestCoresBeyondTheFirst(t *testing.T) {
	n := Network{Replicas: 1, Connections: 1, Replica: Tier{1, 2}}
	if s := solved(t, n); s.Throughput != 1 || s.Response != 1 || s.Replicas.Utilization != 0.5 {
		t.Errorf("one request on two cores: %+v", s)
	}
	n.Connections = 1000
	if s := solved(t, n); !near(s.Throughput, 2, 1e-3) {
		t.Errorf("many requests on two cores: %+v", s)
	}
}

func BenchmarkThroughput(b *testing.B) {
	n := Network{
		Replicas: 1000, Connections: 32_000,
		Replica: Tier{50e-6, 0.05}, Store: Tier{10e-6, 0.5}, Balancer: Tier{20e-6, 2},
	}
	for b.Loop() {
		if _, err := n.Throughput(); err != nil {
			b.Fatal(err)
		}
	}
}
