// Package cluster starts servers, meters their processes, holds them to budgets, and takes everything down again.
//
// A Lab owns what lives as long as a run: the machine-wide lock, a nonce that identifies every replica, a folder of
// temporary files, a place where programs run, and the programs found there. It starts Clusters: N replicas of one
// server, the store that they share and the balancer before them. A cluster has base URLs, and processes that can be
// read, limited, paused, cut off and killed.
//
// A platform, named by Config, decides where the programs run. Package platform is the contract, and this package does
// not know which platforms exist. Nothing outlives the lab, however it ends. The place ends the programs. The next lab
// sweeps what carries the nonce of a dead lab; a claim tells it which labs are dead.
//
// The package reaches the programs over HTTP only, so it can run any server that implements the API.
package cluster
