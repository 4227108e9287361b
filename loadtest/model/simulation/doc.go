// Package simulation runs the clusters of package model request by request, with what mean value analysis has to leave out: budgets
// that are granted in periods, constant service times, a balancer that takes turns, and percentiles of latency.
//
// A process serves first come, first served, so that when a request arrives it is already known when it will be answered: an event
// is a request at a tier, three a request and no more, however often a process is frozen meanwhile. A thousand replicas take
// seconds.
//
// Demands are the same at every rate. Those of a budgeted process are not: with little to do it is woken for each request, which
// then costs several times what it does at saturation. What a run says of latency far below capacity is therefore the best that
// can be hoped for.
//
// A run is a function of its Config: the same seed gives the same result.
package simulation
