package plan

import (
	"fmt"
	"time"
)

// Delays asks how soon every replica refuses a login that was ended, in clusters without budgets or load.
type Delays struct {
	Replicas int `yaml:"replicas"`
	Logins   int `yaml:"logins"` // ended one after the other, in each row
}

// Expiring is how many logins a row ends whose logins end by themselves: waiting for each takes up to two seconds.
const Expiring = 5

func (d *Delays) check() error {
	if d == nil {
		return nil
	}
	if d.Replicas < 1 || d.Replicas > 64 || d.Logins < 1 || d.Logins > MostUsers {
		return fmt.Errorf("delays needs 1 to 64 replicas and 1 to %d logins, not %d and %d", MostUsers, d.Replicas,
			d.Logins)
	}
	return nil
}

// Of is how many logins a row ends.
func (d *Delays) Of(s Scheme) int {
	if s.Guarantee == AtExpiry {
		return min(d.Logins, Expiring)
	}
	return d.Logins
}

// DelayArms returns the rows that have logins to end.
func (p *Plan) DelayArms() []Scheme {
	var arms []Scheme
	for _, s := range p.Arms() {
		if s.Guarantee != NoGuarantee {
			arms = append(arms, s)
		}
	}
	return arms
}

// stage predicts the stage: what is pushed is usually there within milliseconds.
func (d *Delays) stage(p *Plan, c Costs) Stage {
	arms := p.DelayArms()
	ended := 0
	sum := time.Duration(len(arms)*d.Replicas) * c.Start
	for _, s := range arms {
		ended += d.Of(s)
		each := 2*c.SignIn + 10*time.Millisecond
		if s.Guarantee == AtExpiry {
			each += 1500 * time.Millisecond
		}
		sum += time.Duration(d.Of(s)) * each
	}
	return Stage{"delays", fmt.Sprintf("%d arms, %d logins ended in all", len(arms), ended), sum}
}
