package apitest

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"authlab/servers/api"
)

// clockChecks run two replicas whose clocks disagree, while those of the accounts and of the store are right. A clock
// that the replicas share must judge what they share: the wrong one may refuse what it cannot judge, but does no harm.
var clockChecks = []check{
	{"R03 a login lasts, whatever the clock of the replica", shares, loginsOutliveClocks},
	{"R04 a logout holds, whatever the clock of the replica", shares, logoutsOutliveClocks},
	{"R12 within the grace no user is logged out, whatever the clocks", forgives, graceOutlivesClocks},
	{"R12 a used token ends the family after the grace, whatever the clocks", rotates, theftOutlivesClocks},
}

// shares reports whether more than one replica knows a login.
func shares(s Scheme) bool { return authenticates(s) && !s.Alone }

// forgives reports whether a replaced credential stays valid for a short time.
func forgives(s Scheme) bool { return s.Grace > 0 && !s.Alone && !s.Stateless }

// rotates reports whether reuse of a replaced credential is noticed.
func rotates(s Scheme) bool { return signed(s) && s.Grace > 0 && !s.Alone }

// leeway is how far the clocks of replicas may differ where a replica judges alone: the default of --leeway.
const leeway = 30 * time.Second

// skewed calls a function for replicas whose clocks are wrong, beside replica 0, whose clock is right. Each has a user.
func (w *world) skewed(check func(p pair) error) error {
	for i, by := range []time.Duration{15 * time.Second, 130 * time.Second, 13 * time.Hour, 8 * 24 * time.Hour} {
		for sign, by := range []time.Duration{by, -by} {
			w.config = func(c *api.Config) { c.Now = func() time.Time { return w.clock.Now().Add(by) } }
			p := pair{world: *w, by: by, user: fmt.Sprintf("load-%06d", 100+2*i+sign)}
			p.urls = []string{w.urls[0], w.serve(2 + 2*i + sign)}
			w.config = nil
			if err := check(p); err != nil {
				return fmt.Errorf("a clock that is %v ahead: %w", by, err)
			}
		}
	}
	return nil
}

// pair is a world of two replicas; only the second has a wrong clock.
type pair struct {
	world
	by   time.Duration // how far that clock is ahead
	user string
}

const right, wrong = 0, 1

// mayRefuse reports whether the wrong replica may refuse a valid credential: only its own clock tells it whether that
// has expired.
func (p *pair) mayRefuse() bool {
	return (signed(p.scheme) || p.scheme.Stateless) && p.by.Abs() > leeway
}

// honoured checks that a replica accepts a login, if it must.
func (p *pair) honoured(c credential, replica int) error {
	alive, err := p.alive(replica, c)
	if err == nil && !alive && (replica == right || !p.mayRefuse()) {
		err = fmt.Errorf("replica %d refuses a valid credential", replica)
	}
	return err
}

// sealedElsewhere reports whether the wrong replica puts its clock's time into what it hands out, with no other record
// of when that was.
func (p *pair) sealedElsewhere() bool { return p.scheme.Stateless && p.by.Abs() > leeway }

func loginsOutliveClocks(w *world) error {
	return w.skewed(func(p pair) error {
		if err := p.says(); err != nil {
			return err
		}
		for at, other := range []int{wrong, right} {
			if p.sealedElsewhere() && at == wrong {
				continue
			}
			c, err := p.login(at, p.user, nil)
			if err != nil {
				return err
			}
			for range 2 { // the second time after whatever the first has done
				for _, replica := range []int{other, at} {
					if err := p.honoured(c, replica); err != nil {
						return fmt.Errorf("login on replica %d: %w", at, err)
					}
				}
			}
			if !p.sealedElsewhere() {
				if c, err = p.renew(c, wrong); err != nil {
					return err
				}
			}
			if err := p.honoured(c, right); err != nil {
				return fmt.Errorf("renewed: %w", err)
			}
			if c, err = p.renew(c, right); err != nil {
				return err
			}
			if err := p.honoured(c, right); err != nil {
				return fmt.Errorf("renewed twice: %w", err)
			}
		}
		return nil
	})
}

// says checks that a replica that judges by a wrong clock reports it.
func (p *pair) says() error {
	if !signed(p.scheme) || p.by.Abs() <= leeway {
		return nil
	}
	got, err := p.want(http.StatusOK, wrong, "GET", "/readyz", nil, nil)
	if err == nil && !strings.Contains(string(got.body), `"weakened":"this replica's clock is `) {
		err = fmt.Errorf("/readyz does not say that the clock is wrong: %.300s", got.body)
	}
	return err
}

func logoutsOutliveClocks(w *world) error {
	return w.skewed(func(p pair) error {
		for at, other := range []int{wrong, right} {
			if p.sealedElsewhere() && at == wrong {
				continue
			}
			c, err := p.login(right, p.user, nil)
			if err != nil {
				return err
			}
			bystander, err := p.login(right, p.user, nil)
			if err != nil {
				return err
			}
			if err := p.change(at, "POST", "/v1/logout", c.header, nil); err != nil {
				return err
			}
			judges := p
			if signed(p.scheme) && p.scheme.Within > 0 && !p.scheme.Pushed || p.scheme.Stateless {
				judges.urls = p.urls[:1] // the guarantee depends on clocks
			}
			if err := judges.dead(c); err != nil {
				return fmt.Errorf("logout on replica %d, and not on %d: %w", at, other, err)
			}
			if p.scheme.Stateless {
				continue
			}
			if bystander, err = p.renew(bystander, right); err != nil {
				return fmt.Errorf("another device: %w", err)
			}
			if err := p.honoured(bystander, right); err != nil {
				return fmt.Errorf("another device: %w", err)
			}
		}
		return nil
	})
}

func graceOutlivesClocks(w *world) error {
	return w.skewed(func(p pair) error {
		for at, other := range []int{wrong, right} {
			c, err := p.login(right, p.user, nil)
			if err != nil {
				return err
			}
			first, err := p.renew(c, at)
			if err != nil {
				return err
			}
			p.advance(p.scheme.Grace - time.Second)
			second, err := p.renew(c, other)
			if err != nil {
				return fmt.Errorf("the second tab, on replica %d: %w", other, err)
			}
			if first.refresh != second.refresh {
				return fmt.Errorf("the second tab, on replica %d, has another refresh token", other)
			}
			for _, tab := range []credential{first, second} {
				if err := p.honoured(tab, right); err != nil {
					return err
				}
			}
			if _, err := p.renew(second, at); err != nil {
				return fmt.Errorf("what both tabs have: %w", err)
			}
		}
		return nil
	})
}

func theftOutlivesClocks(w *world) error {
	return w.skewed(func(p pair) error {
		bystander, err := p.login(right, p.user, nil)
		if err != nil {
			return err
		}
		for at, other := range []int{wrong, right} {
			c, err := p.login(right, p.user, nil)
			if err != nil {
				return err
			}
			latest, err := p.renew(c, at)
			if err != nil {
				return err
			}
			p.advance(p.scheme.Grace + time.Second)
			if err := p.spent(c, other); err != nil {
				return fmt.Errorf("a used token after the grace: %w", err)
			}
			for _, replica := range []int{other, at} {
				if err := p.spent(latest, replica); err != nil {
					return fmt.Errorf("the latest, when another was used again: %w", err)
				}
			}
		}
		_, err = p.renew(bystander, wrong)
		return err
	})
}

// spent checks that a credential cannot be renewed at a replica.
func (p *pair) spent(c credential, replica int) error {
	_, err := p.want(http.StatusUnauthorized, replica, "POST", "/v1/refresh", refreshHeader(c), refreshBody(c))
	return err
}
