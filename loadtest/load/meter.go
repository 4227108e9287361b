package load

import (
	"fmt"

	"authlab/loadtest/cluster"
	"authlab/loadtest/record"
)

// Meter reads what one process has used since it started: a cluster's process, or the lab's own.
type Meter interface {
	Name() string
	Read() (cluster.Reading, error)
}

// OperationsMeter is a Meter of a process that may count its operations: a store.
type OperationsMeter interface {
	Meter
	Operations() (n int64, counted bool, err error)
}

// ConfinedMeter is a Meter of a process that may have been put into a control group. It reports whether the process is
// still there.
type ConfinedMeter interface {
	Meter
	Confined() (bool, error)
}

// Meters returns the meters of the processes whose use a slice of a cell records, and of the lab itself.
func Meters(c *cluster.Cluster, cell record.Cell) []Meter {
	m := []Meter{cluster.Self()}
	for i := range cell.Replicas {
		m = append(m, c.Replica(cell.First+i))
	}
	if s := c.Store(); s != nil {
		m = append(m, s)
	} else if s := c.External(); s != nil {
		m = append(m, s)
	}
	if b := c.Balancer(); b != nil {
		m = append(m, b)
	}
	return m
}

// meterReading is one reading of one meter.
type meterReading struct {
	cluster.Reading
	operations int64
	counted    bool
}

// use reads all meters, and returns a function that reads them again and returns the difference. Both readings are
// taken while the processes idle, because the kernel accounts a running thread's time late. Reading a store's count
// costs the store CPU time, so it comes before the first reading of time and after the last.
func use(meters []Meter) (since func() (map[string]record.Use, error), err error) {
	before := make([]meterReading, len(meters))
	if err := readOperations(meters, before); err != nil {
		return nil, err
	}
	if err := readTimes(meters, before); err != nil {
		return nil, err
	}
	return func() (map[string]record.Use, error) {
		after := make([]meterReading, len(meters))
		if err := readTimes(meters, after); err != nil {
			return nil, err
		}
		if err := readOperations(meters, after); err != nil {
			return nil, err
		}
		used := make(map[string]record.Use, len(meters))
		for i, m := range meters {
			u := after[i].since(before[i])
			if c, ok := m.(ConfinedMeter); ok {
				confined, err := c.Confined()
				if err != nil {
					return nil, err
				}
				u.Escaped = !confined
			}
			used[m.Name()] = u
		}
		return used, nil
	}, nil
}

func readTimes(meters []Meter, into []meterReading) (err error) {
	for i, m := range meters {
		if into[i].Reading, err = m.Read(); err != nil {
			return fmt.Errorf("reading what %s used: %w", m.Name(), err)
		}
	}
	return nil
}

func readOperations(meters []Meter, into []meterReading) (err error) {
	for i, m := range meters {
		if o, ok := m.(OperationsMeter); ok {
			if into[i].operations, into[i].counted, err = o.Operations(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r meterReading) since(before meterReading) record.Use {
	u := record.Use{
		CPU: r.CPU - before.CPU, Throttled: r.Throttled - before.Throttled,
		Switches: r.Switches - before.Switches,
	}
	if r.counted && before.counted {
		n := r.operations - before.operations
		u.Operations = &n
	}
	return u
}
