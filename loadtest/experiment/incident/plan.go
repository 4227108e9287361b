package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

const key = "incident"

// Part is the kind's part of a plan.
type Part struct {
	Faults   []string      `yaml:"faults"` // names in Incidents, in their order
	Replicas int           `yaml:"replicas"`
	Users    int           `yaml:"users"` // signed in for each repetition, in each scheme
	Rate     float64       `yaml:"rate"`  // requests/s, in each scheme
	Before   time.Duration `yaml:"before"`
	Fault    time.Duration `yaml:"fault"`
	After    time.Duration `yaml:"after"`
	Times    int           `yaml:"times"` // repetitions
}

// Enough is how many right answers the load must have before a fault, and answers of any kind after it, for a verdict.
const Enough = 1000

// Times is how many repetitions a verdict needs.
const Times = 3

// Key implements plan.Part.
func (d *Part) Key() string { return key }

// Check implements plan.Part.
func (d *Part) Check(*plan.Plan) error {
	if len(d.Faults) == 0 {
		return fmt.Errorf("incident.faults names none: the incidents are %s", strings.Join(Names(), ", "))
	}
	for i, name := range d.Faults {
		if _, ok := named(name); !ok || name == Calm {
			return fmt.Errorf("there is no incident %q: the incidents are %s", name, strings.Join(Names(), ", "))
		}
		for _, other := range d.Faults[:i] {
			if name == other {
				return fmt.Errorf("incident.faults names %s twice", name)
			}
		}
	}
	switch {
	case d.Replicas < 2 || d.Replicas > 16 || d.Users < 2*watched || d.Users > plan.MostUsers:
		return fmt.Errorf("incident needs 2 to 16 replicas and at least %d users, not %d and %d", 2*watched, d.Replicas,
			d.Users)
	case !(d.Rate >= 1) || d.Rate > 10_000 || d.Times < Times || d.Times > 100:
		return fmt.Errorf("incident needs a rate of 1 to 10000/s and %d to 100 times, not %g and %d", Times, d.Rate, d.Times)
	case d.Fault < time.Second || d.Fault > time.Minute || d.After < time.Second || d.After > time.Minute ||
		d.Before < time.Second || d.Before > time.Minute:
		return fmt.Errorf("incident needs before, fault and after of 1s to 1m, not %v, %v and %v", d.Before, d.Fault, d.After)
	case d.Rate*(1-endedShare)*min(d.Before, d.After).Seconds() < Enough+4*32: // chance: 4 standard deviations of it
		return fmt.Errorf("incident needs %d answers before and after a fault: raise rate, or before and after", Enough)
	}
	return nil
}

// Schemes are those of the plan. The A/A control is not needed: the calm shows the noise.
func (d *Part) Schemes(p *plan.Plan) []plan.Scheme {
	return slices.DeleteFunc(p.AllSchemes(), func(s plan.Scheme) bool { return s.Name == plan.Twin })
}

// Incidents are those of the plan. The first is calm: the same without a fault, which shows the noise.
func (d *Part) Incidents() []Incident {
	calm, _ := named(Calm)
	all := []Incident{calm}
	for _, name := range d.Faults {
		i, _ := named(name) // Check knows the name
		all = append(all, i)
	}
	return all
}

// restart is about how long a replica takes to end in order and to start again.
const restart = 2*checkEvery + 300*time.Millisecond

// Stage implements plan.Part.
func (d *Part) Stage(p *plan.Plan, c plan.Costs) plan.Stage {
	schemes, incidents := len(d.Schemes(p)), d.Incidents()
	each := d.Before + d.Fault + d.After + time.Second + time.Duration(schemes*(d.Users+watched))*c.SignIn
	start := time.Duration(schemes*(d.Replicas+2)) * c.Start
	sum := time.Duration(0)
	for _, i := range incidents {
		sum += start + time.Duration(d.Times)*(each+time.Duration(i.restarts()*d.Replicas)*restart)
	}
	return plan.Stage{Name: key, Time: sum, Detail: message.New("incident.stage",
		"schemes", message.Count(schemes, "scheme"), "incidents", len(incidents)-1, "times", d.Times).String()}
}

// restarts is how often every replica is restarted in order.
func (i Incident) restarts() (n int) {
	for _, step := range i.Break {
		if step.Do == Quit && step.Part == Rolling {
			n++
		}
	}
	if slices.ContainsFunc(i.Break, func(s Step) bool { return s.Do == Skew }) {
		n++ // one replica, twice
	}
	return n
}
