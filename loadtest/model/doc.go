// Package model predicts throughput from demands: the throughput of N replicas, which tier becomes the bottleneck, and
// at which N.
//
// A cluster is a closed queueing network: connections, each with one request in flight, circulate through the balancer,
// one of N equal replicas, and the store. A request has a demand D on each tier, in CPU seconds. The speed of a tier is
// its budget q, in cores. Everything here follows from these:
//
//   - Bounds are the limits that hold for every arrangement of queues, and name the bottleneck (operational analysis:
//     Denning and Buzen, "The Operational Analysis of Queueing Network Models", ACM Computing Surveys 10(3), 1978);
//   - Throughput is the value within the bounds, by exact mean value analysis (Reiser and Lavenberg, "Mean-Value
//     Analysis of Closed Multichain Queueing Networks", Journal of the ACM 27(2), 1980);
//   - Crossover is the number of replicas at which a shared tier becomes the bottleneck;
//   - Freeze puts these into a value that is recorded before the predicted sizes are measured. Prediction.Error returns
//     its error afterwards. Extrapolate predicts unmeasured sizes, but only if that error was small.
//
// Demands must be those at saturation under the budget in question: under a small budget a request costs more.
//
// Mean value analysis makes two assumptions that a cluster does not meet: service times are exponentially distributed,
// and the balancer picks a replica at random. Real requests vary less, and round robin spreads them better, so requests
// wait less than predicted. A budget granted in periods freezes a process once its quota is used up, so requests wait
// longer. Neither changes the bounds. Package simulation, below this one, makes neither assumption.
package model
