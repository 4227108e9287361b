package model

// Load is how a tier, all its processes together, is used.
type Load struct {
	Residence   float64 `json:"residence_s"` // s a request spends there, waiting and served
	Queue       float64 `json:"queue"`       // requests there, waiting and served, mean over time
	Utilization float64 `json:"utilization"` // share of the tier's budget
}

// Solution is what a network does in its steady state.
type Solution struct {
	Throughput float64 `json:"throughput"` // requests/s
	Response   float64 `json:"response_s"` // s a request, mean, without the network's Delay
	Replicas   Load    `json:"replicas"`
	Store      Load    `json:"store"`
	Balancer   Load    `json:"balancer"`
}

// Throughput solves a network by exact mean value analysis, adding one connection at a time: a request that arrives finds what
// the network with one connection fewer holds on average. The error is Check's.
//
// Replicas are equal, so that all hold the same and one stands for all: a step costs the same for a thousand as for one.
// Every term is a sum or a product of numbers that are not negative, so that nothing cancels, however many connections there are.
func (n Network) Throughput() (Solution, error) {
	if err := n.Check(); err != nil {
		return Solution{}, err
	}
	replicas, delay := float64(n.Replicas), n.delay()
	service := [...]float64{n.Replica.service(), n.Store.service(), n.Balancer.service()}
	var queue, residence [len(service)]float64
	x := 0.0
	for m := 1; m <= n.Connections; m++ {
		// A visit ratio of 1/N to each of N replicas, and a queue of 1/N of the tier's at each.
		residence[0] = service[0] * (1 + queue[0]/replicas)
		residence[1] = service[1] * (1 + queue[1])
		residence[2] = service[2] * (1 + queue[2])
		x = float64(m) / (delay + residence[0] + residence[1] + residence[2])
		for i := range queue {
			queue[i] = x * residence[i]
		}
	}
	s := Solution{
		Throughput: x,
		Replicas:   n.Replica.load(x, residence[0], replicas),
		Store:      n.Store.load(x, residence[1], 1),
		Balancer:   n.Balancer.load(x, residence[2], 1),
	}
	s.Response = s.Replicas.Residence + s.Store.Residence + s.Balancer.Residence
	return s, nil
}

// load is the use of a tier of so many processes at a throughput of x and a residence at its queues.
func (t Tier) load(x, residence, processes float64) Load {
	residence += t.alone()
	return Load{Residence: residence, Queue: x * residence, Utilization: x * t.service() / processes}
}
