package plan

import (
	"errors"
	"fmt"
	"time"
)

// Memory asks how much a replica and the store hold for so many logins: one of each user, at one replica without a budget.
type Memory struct {
	Logins []int `yaml:"logins"`           // rising: at each of them what is held is read
	Beyond int   `yaml:"beyond,omitempty"` // logins for which it is computed and not measured; 0 computes nothing
	Starts int   `yaml:"starts"`           // of the servers; with fewer than 6 there are no intervals
}

// MostLogins is how many can be measured: their credentials are held by the generator, too.
const MostLogins = 1_000_000

// mostBeyond is how many logins are computed with at most: more than there are people.
const mostBeyond = 10_000_000_000

// Pause is for how long logins are used, again until each was, before what is held is read, so that garbage is none of it.
const Pause = time.Second

func (m *Memory) check() error {
	if m == nil {
		return nil
	}
	if len(m.Logins) < 2 {
		return errors.New("memory needs at least two numbers of logins: one tells nothing of how it grows")
	}
	last := 0
	for _, n := range m.Logins {
		if n <= last || n > MostLogins {
			return fmt.Errorf("the logins of memory must rise, to at most %d, and are %v", MostLogins, m.Logins)
		}
		last = n
	}
	if (m.Beyond <= last && m.Beyond != 0) || m.Beyond > mostBeyond || m.Starts < 1 || m.Starts > mostStarts {
		return fmt.Errorf("memory needs beyond to be more than the largest of logins (or left out), up to %d, and "+
			"starts, up to %d; they are %d and %d", mostBeyond, mostStarts, m.Beyond, m.Starts)
	}
	return nil
}

// MemoryArms returns the rows that have logins: all but the control.
func (p *Plan) MemoryArms() []Scheme {
	var arms []Scheme
	for _, s := range distinct(p.Arms()) {
		if s.Guarantee != NoGuarantee {
			arms = append(arms, s)
		}
	}
	return arms
}

func (m *Memory) stage(p *Plan, c Costs) Stage {
	arms, most := p.MemoryArms(), m.Logins[len(m.Logins)-1]
	each := c.Start + time.Duration(most)*c.Fill + time.Duration(len(m.Logins))*Pause
	return Stage{
		"memory", fmt.Sprintf("%d arms × %d starts × up to %d logins", len(arms), m.Starts, most),
		time.Duration(len(arms)*m.Starts) * each,
	}
}
