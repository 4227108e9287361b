package logins

import (
	"errors"
	"fmt"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

const key = "logins"

// Part is the kind's part of a plan.
type Part struct {
	Starts    int           `yaml:"starts"`    // of the servers; with fewer than 6 there are no intervals
	Logins    int           `yaml:"logins"`    // of load users, whose passwords are cheap to check, at each start
	Passwords int           `yaml:"passwords"` // with a password that is hashed as for people, at each start
	Rate      float64       `yaml:"rate"`      // requests/s of users who are logged in, in the calm and in the storm
	Storm     int           `yaml:"storm"`     // connections over which such logins follow one another
	Window    time.Duration `yaml:"window"`    // of the calm, and of the storm
}

// Key implements plan.Part.
func (l *Part) Key() string { return key }

// Check implements plan.Part.
func (l *Part) Check(p *plan.Plan) error {
	switch {
	case l.Starts < 1 || l.Logins < 1 || l.Passwords < 1 || l.Storm < 1:
		return errors.New("logins needs starts, logins, passwords and storm, each at least 1")
	case l.Starts > plan.MostStarts || l.Passwords > plan.MostUsers || l.Storm > plan.MostConnections:
		return fmt.Errorf("logins has at most %d starts, %d passwords and a storm of %d, not %d, %d and %d",
			plan.MostStarts, plan.MostUsers, plan.MostConnections, l.Starts, l.Passwords, l.Storm)
	case l.Logins > p.Users:
		return fmt.Errorf("logins has %d of them at a start, and the plan %d users: each logs in once", l.Logins, p.Users)
	case !(l.Rate >= 0.1 && l.Rate <= 10_000) || l.Window <= 0 || l.Window > time.Hour: // the form refuses NaN too
		return fmt.Errorf("logins needs a rate from 0.1 to 10000 requests/s and a window up to 1h, not %g and %v",
			l.Rate, l.Window)
	}
	return nil
}

// hashing is how long a login takes on one core that checks a password hashed as for people.
const hashing = 40 * time.Millisecond

// Stage implements plan.Part.
func (l *Part) Stage(p *plan.Plan, c plan.Costs) plan.Stage {
	schemes := p.LoginSchemes()
	each := c.Start + time.Duration(p.Users+l.Logins)*c.SignIn + time.Duration(l.Passwords)*hashing + 3*l.Window
	return plan.Stage{
		Name: key, Time: time.Duration(len(schemes)*l.Starts) * each,
		Detail: message.New("logins.stage",
			"schemes", message.Count(len(schemes), "scheme"), "starts", message.Count(l.Starts, "start"),
			"logins", l.Logins, "passwords", l.Passwords).String(),
	}
}
