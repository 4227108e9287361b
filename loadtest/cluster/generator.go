package cluster

import (
	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/cluster/usage"
)

// Generator meters the lab's own process, which generates the load.
type Generator struct{}

// Self returns the meter of the lab itself.
func Self() Generator { return Generator{} }

// Name is "generator".
func (Generator) Name() string { return "generator" }

// Read reads the lab's own use. Its throttled time is how long CPU limits around the lab, from any source, kept it from
// running.
func (Generator) Read() (Reading, error) {
	r, err := usage.Own()
	r.Throttled = cgroup.ThrottledSelf()
	return r, err
}

// Reading is what a process has used since it started, and the memory that it holds now.
type Reading = usage.Reading
