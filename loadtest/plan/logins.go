package plan

import (
	"errors"
	"fmt"
	"time"
)

// Logins asks what a login costs a replica beside a request, and what a storm of them does to those who are logged in.
type Logins struct {
	Starts    int           `yaml:"starts"`    // of the servers; with fewer than 6 there are no intervals
	Logins    int           `yaml:"logins"`    // of load users, whose passwords are cheap to check, at each start
	Passwords int           `yaml:"passwords"` // with a password that is hashed as people's are, at each start
	Rate      float64       `yaml:"rate"`      // requests/s of those who are logged in, in the calm and in the storm
	Storm     int           `yaml:"storm"`     // connections over which such logins follow one another
	Window    time.Duration `yaml:"window"`    // of the calm, and of the storm
}

func (l *Logins) check(users int) error {
	switch {
	case l == nil:
		return nil
	case l.Starts < 1 || l.Logins < 1 || l.Passwords < 1 || l.Storm < 1:
		return errors.New("logins needs starts, logins, passwords and storm, each at least 1")
	case l.Starts > mostStarts || l.Passwords > MostUsers || l.Storm > mostConnections:
		return fmt.Errorf("logins has at most %d starts, %d passwords and a storm of %d, not %d, %d and %d",
			mostStarts, MostUsers, mostConnections, l.Starts, l.Passwords, l.Storm)
	case l.Logins > users:
		return fmt.Errorf("logins has %d of them at a start, and the plan %d users: each logs in once", l.Logins, users)
	case !within(l.Rate, 0.1, 10_000) || l.Window <= 0 || l.Window > time.Hour:
		return fmt.Errorf("logins needs a rate from 0.1 to 10000 requests/s and a window up to 1h, not %g and %v",
			l.Rate, l.Window)
	}
	return nil
}

// LoginArms returns the rows that have logins to make.
func (p *Plan) LoginArms() []Scheme { return p.MemoryArms() }

// What a login takes that checks a password as people's are checked, on one core.
const hashing = 40 * time.Millisecond

func (l *Logins) stage(p *Plan, c Costs) Stage {
	arms := p.LoginArms()
	each := c.Start + time.Duration(p.Users+l.Logins)*c.SignIn + time.Duration(l.Passwords)*hashing + 3*l.Window
	return Stage{"logins", fmt.Sprintf("%d arms × %d starts × %d and %d logins", len(arms), l.Starts, l.Logins, l.Passwords), time.Duration(len(arms)*l.Starts) * each}
}
