package load

import (
	"fmt"

	"authlab/loadtest/cluster"
)

// Meter reads what one process has consumed since it started: a cluster's process, or the lab's own.
type Meter interface {
	Name() string
	Read() (cluster.Reading, error)
}

// use reads all meters and returns a function that reads them again and tells the difference. Both readings are taken
// while the processes idle: a running thread's time is accounted late.
func use(meters []Meter) (since func() (map[string]Use, error), err error) {
	before := make([]cluster.Reading, len(meters))
	for i, m := range meters {
		if before[i], err = m.Read(); err != nil {
			return nil, fmt.Errorf("reading what %s used: %w", m.Name(), err)
		}
	}
	return func() (map[string]Use, error) {
		used := make(map[string]Use, len(meters))
		for i, m := range meters {
			after, err := m.Read()
			if err != nil {
				return nil, fmt.Errorf("reading what %s used: %w", m.Name(), err)
			}
			used[m.Name()] = Use{
				CPU: after.CPU - before[i].CPU, Throttled: after.Throttled - before[i].Throttled,
				Switches: after.Switches - before[i].Switches,
			}
		}
		return used, nil
	}, nil
}
