// Package cluster stands servers up, measures their processes, budgets them, and takes everything down again.
//
// A Lab owns what lives as long as a run: the machine-wide lock, a nonce by which every replica can be recognised, a
// folder of temporary files, a cgroup, and the programs found on this machine. It starts Clusters: N replicas of one
// server, the store they share and the balancer before them.
//
// Nothing outlives the lab. Its children are forked by one thread that lives as long as the lab, and the kernel kills
// them when that thread ends, however it ends. Files and cgroups carry the nonce and are swept by the next lab, which
// can tell a dead lab's from a living one's by a lock on the folder that only death releases.
//
// Programs run as processes of this machine, or each in a container of its own: the rest of the lab does not know which.
// A container outlives the command that runs it, so a reaper removes those of a lab that was killed.
//
// The programs are spoken to over HTTP only, so any server that speaks the API can stand here.
package cluster
