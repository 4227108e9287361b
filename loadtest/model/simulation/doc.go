// Package simulation runs the clusters of package model request by request. It includes what mean value analysis must
// leave out: budgets granted in periods, constant service times, a round-robin balancer, and percentiles of latency.
//
// A process serves requests in order of arrival, so the time of an answer is known as soon as a request arrives. An
// event is the arrival of a request at a tier. There are at most three events a request, however often a process is
// frozen meanwhile. A thousand replicas take seconds.
//
// Demands are the same at every rate. For a real process with a budget they are not: under light load it is woken for
// each request, which then costs several times as much as at saturation. Simulated latencies far below capacity are
// therefore a best case.
//
// A run is a function of its Config: the same seed gives the same result.
package simulation
