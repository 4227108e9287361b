package delays

import (
	"fmt"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

const key = "delays"

// Part is the kind's part of a plan.
type Part struct {
	Replicas int `yaml:"replicas"`
	Logins   int `yaml:"logins"` // ended one after the other, in each scheme
}

// Expiring is how many logins are ended of a scheme whose logins end by themselves: each takes up to two seconds to
// expire.
const Expiring = 5

// Key implements plan.Part.
func (d *Part) Key() string { return key }

// Check implements plan.Part.
func (d *Part) Check(*plan.Plan) error {
	if d.Replicas < 1 || d.Replicas > 64 || d.Logins < 1 || d.Logins > plan.MostUsers {
		return fmt.Errorf("delays needs 1 to 64 replicas and 1 to %d logins, not %d and %d", plan.MostUsers, d.Replicas,
			d.Logins)
	}
	return nil
}

// Of is how many logins of a scheme are ended.
func (d *Part) Of(s plan.Scheme) int {
	if s.Guarantee == plan.AtExpiry {
		return min(d.Logins, Expiring)
	}
	return d.Logins
}

// schemes are the schemes of a plan that have logins to end, those whose cost alone is measured too: what it costs to
// end a login sooner is both.
func (d *Part) schemes(p *plan.Plan) []plan.Scheme {
	var schemes []plan.Scheme
	for _, s := range p.CostSchemes() {
		if s.Guarantee != plan.NoGuarantee {
			schemes = append(schemes, s)
		}
	}
	return schemes
}

// Stage implements plan.Part. A pushed revocation usually arrives within milliseconds.
func (d *Part) Stage(p *plan.Plan, c plan.Costs) plan.Stage {
	schemes := d.schemes(p)
	ended := 0
	sum := time.Duration(len(schemes)*d.Replicas) * c.Start
	for _, s := range schemes {
		ended += d.Of(s)
		each := 2*c.SignIn + 10*time.Millisecond
		if s.Guarantee == plan.AtExpiry {
			each += 1500 * time.Millisecond
		}
		sum += time.Duration(d.Of(s)) * each
	}
	return plan.Stage{Name: key, Time: sum, Detail: message.New("delays.stage",
		"schemes", message.Count(len(schemes), "scheme"), "logins", message.Count(ended, "login")).String()}
}
