// Package model predicts throughput from demands: what N replicas will answer, which tier will be the wall, and from which N on.
//
// A cluster is a closed queueing network: a number of connections, each with one request under way, circulate through the
// balancer, one of N equal replicas, and the store. What a request needs of each tier is its demand D, CPU seconds a request; how
// fast a tier works is its budget q, in cores. Everything here follows from these:
//
//   - Bounds is what no arrangement of queues can exceed, and names the wall (operational analysis: Denning and Buzen, "The
//     Operational Analysis of Queueing Network Models", ACM Computing Surveys 10(3), 1978);
//   - Throughput is what lies below the bounds, by exact mean value analysis (Reiser and Lavenberg, "Mean-Value Analysis of
//     Closed Multichain Queueing Networks", Journal of the ACM 27(2), 1980);
//   - Crossover is the number of replicas at which a shared tier becomes the wall;
//   - Freeze puts all of that into a value that is kept before the sizes it predicts are measured, Prediction.Error says how wrong
//     it was, and Extrapolate speaks of sizes that nobody measured only where that was little.
//
// Demands must be those at saturation under the budget in question: under a small budget a request is dearer.
//
// What mean value analysis assumes and a cluster does not keep: that service times vary exponentially and that the balancer picks
// a replica at random. Real requests vary less and a round robin spreads them better, so that a cluster waits less than predicted;
// a budget granted in periods, in which a process is frozen once its quota is gone, makes it wait more. Neither touches the
// bounds. Package simulation, below this one, has neither assumption.
package model
