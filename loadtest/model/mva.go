package model

// Load is the load on a tier, over all its processes.
type Load struct {
	Residence   float64 `json:"residence_s"` // s a request spends there, waiting and in service
	Queue       float64 `json:"queue"`       // mean number of requests there, waiting and in service
	Utilization float64 `json:"utilization"` // share of the tier's budget
}

// Solution is the steady state of a network.
type Solution struct {
	Throughput float64 `json:"throughput"` // requests/s
	Response   float64 `json:"response_s"` // s a request, mean, without the network's Delay
	Replicas   Load    `json:"replicas"`
	Store      Load    `json:"store"`
	Balancer   Load    `json:"balancer"`
}

// Throughput solves a network by exact mean value analysis, adding one connection at a time. An arriving request finds
// the mean queues of the network with one connection fewer. The error is Check's.
//
// Replicas are equal, so one represents all: a step takes the same time for a thousand replicas as for one. Every term
// is a sum or a product of numbers that are not negative, so there is no cancellation, however many connections there
// are.
func (n Network) Throughput() (Solution, error) {
	if err := n.Check(); err != nil {
		return Solution{}, err
	}
	replicas, delay := float64(n.Replicas), n.delay()
	service := [...]float64{n.Replica.service(), n.Store.service(), n.Balancer.service()}
	var queue, residence [len(service)]float64
	x := 0.0
	for m := 1; m <= n.Connections; m++ {
		// Each of N replicas has a visit ratio of 1/N, and 1/N of the tier's queue.
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

// load returns the load on a tier with the given number of processes, at throughput x and the given residence.
func (t Tier) load(x, residence, processes float64) Load {
	residence += t.alone()
	return Load{Residence: residence, Queue: x * residence, Utilization: x * t.service() / processes}
}
