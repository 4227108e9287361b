package cluster

import (
	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/cluster/usage"
)

// Generator reads the lab's own process, which generates the load.
type Generator struct{}

// Self meters the lab itself.
func Self() Generator { return Generator{} }

// Name is "generator".
func (Generator) Name() string { return "generator" }

// Read reads the lab's own use. It was throttled for as long as a CPU limit around it, whoever set it, kept it from
// running.
func (Generator) Read() (Reading, error) {
	r, err := usage.Own()
	r.Throttled = cgroup.ThrottledSelf()
	return r, err
}

// Reading is what a process has consumed since it started, and the memory it holds now.
type Reading = usage.Reading
