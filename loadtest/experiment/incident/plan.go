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

// What a repetition takes besides, about.
const (
	restart = 2*checkEvery + 300*time.Millisecond // a replica, until it has ended in order and serves again
	between = 500 * time.Millisecond              // looking whether all is as before, and the watched users' logouts
)

// Stage implements plan.Part.
func (d *Part) Stage(p *plan.Plan, c plan.Costs) plan.Stage {
	schemes := len(d.Schemes(p))
	start := time.Duration(schemes*(d.Replicas+2)) * c.Start
	signIn := time.Duration(schemes*(d.Users+watched)) * c.SignIn
	sum, before := time.Duration(schemes*d.Users)*c.SignIn+rehearsal, ""
	for k, i := range d.order() {
		if k == 0 || i.needs() != before {
			sum += start
		}
		before = i.needs()
		sum += time.Duration(d.Times) * (signIn + d.load(i) + between)
	}
	return plan.Stage{Name: key, Time: sum, Detail: message.New("incident.stage",
		"schemes", message.Count(schemes, "scheme"), "incidents", len(d.Incidents())-1, "times", d.Times).String()}
}

// load is about how long the load of a repetition lasts. Breaking counts as the fault, but users log out only once half
// of a fault has passed since it was made.
func (d *Part) load(i Incident) time.Duration {
	return d.Before + max(d.lasts(i), d.takes(i.Break)+d.lasts(i)/2) + d.takes(i.Repair) + d.After
}

// lasts is how long the fault of an incident lasts.
func (d *Part) lasts(i Incident) time.Duration {
	if i.Lasts > 0 {
		return min(i.Lasts, d.Fault)
	}
	return d.Fault
}

// takes is about how long steps take: those that start a replica again count.
func (d *Part) takes(steps []Step) (sum time.Duration) {
	for _, step := range steps {
		switch {
		case step.Do == Quit && step.Part == Rolling:
			sum += time.Duration(d.Replicas) * restart
		case step.Do == Quit:
			sum += restart
		}
	}
	return sum
}
