// Package cluster stands servers up, measures their processes, budgets them, and takes everything down again.
//
// A Lab owns what lives as long as a run: the machine-wide lock, a nonce by which every replica can be recognised, a
// folder of temporary files, a place where programs run, and the programs found there. It starts Clusters: N replicas
// of one server, the store they share and the balancer before them. It gives base URLs, and processes that are read,
// limited, paused, cut off and killed.
//
// Where the programs run is the business of a platform, which Config names: package platform is the contract, and
// nothing here knows which there are. Nothing outlives the lab, however it ends: the place sees to the programs, and
// what carries the nonce of a dead lab is swept by the next one, which can tell it from a living one's by a claim.
//
// The programs are spoken to over HTTP only, so any server that speaks the API can stand here.
package cluster
