package memory

import (
	"errors"
	"fmt"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

const key = "memory"

// Part is the kind's part of a plan.
type Part struct {
	Logins []int `yaml:"logins"`           // rising: memory is read at each of them
	Beyond int   `yaml:"beyond,omitempty"` // logins for which memory is computed, not measured; 0 computes nothing
	Starts int   `yaml:"starts"`           // of the servers; with fewer than 6 there are no intervals
}

// mostBeyond is the most logins to compute for: more than there are people.
const mostBeyond = 10_000_000_000

// Pause is how long logins are used, repeated until each was used, before memory is read, so that the reading contains
// no garbage.
const Pause = time.Second

// Key implements plan.Part.
func (m *Part) Key() string { return key }

// Check implements plan.Part.
func (m *Part) Check(*plan.Plan) error {
	if len(m.Logins) < 2 {
		return errors.New("memory needs at least two numbers of logins: one tells nothing of how it grows")
	}
	last := 0
	for _, n := range m.Logins {
		if n <= last || n > plan.MostUsers { // the generator holds their credentials, too
			return fmt.Errorf("the logins of memory must rise, to at most %d, and are %v", plan.MostUsers, m.Logins)
		}
		last = n
	}
	if (m.Beyond <= last && m.Beyond != 0) || m.Beyond > mostBeyond || m.Starts < 1 || m.Starts > plan.MostStarts {
		return fmt.Errorf("memory needs beyond to be more than the largest of logins (or left out), up to %d, and "+
			"starts, up to %d; they are %d and %d", mostBeyond, plan.MostStarts, m.Beyond, m.Starts)
	}
	return nil
}

// Stage implements plan.Part.
func (m *Part) Stage(p *plan.Plan, c plan.Costs) plan.Stage {
	schemes, most := p.LoginSchemes(), m.Logins[len(m.Logins)-1]
	each := c.Start + time.Duration(most)*c.Fill + time.Duration(len(m.Logins))*Pause
	return plan.Stage{
		Name: key, Time: time.Duration(len(schemes)*m.Starts) * each,
		Detail: message.New("memory.stage",
			"schemes", message.Count(len(schemes), "scheme"), "starts", message.Count(m.Starts, "start"),
			"logins", most).String(),
	}
}
