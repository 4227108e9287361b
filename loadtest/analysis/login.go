package analysis

import (
	"fmt"
	"time"

	"authlab/loadtest/load"
	"authlab/loadtest/plan"
)

// Login is what a login costs a replica of a row beside a request, and what a storm of logins does to requests. Samples are starts.
type Login struct {
	Name   string      `json:"scheme"`
	Scheme plan.Scheme `json:"-"`
	// Request, Cheap and Password are CPU µs of the replica for GET /v1/me, for a login whose password is cheap to check, and for one
	// whose password is hashed as people's are.
	Request  Estimate `json:"request_us"`
	Cheap    Estimate `json:"cheap_login_us"`
	Password Estimate `json:"login_us"`
	// CheapRatio and PasswordRatio are the logins' costs ÷ a request's of the same start.
	CheapRatio    Estimate `json:"cheap_login_to_request"`
	PasswordRatio Estimate `json:"login_to_request"`
	// Store is CPU µs of the store for a login; 0 where there is none.
	Store Estimate `json:"store_login_us"`
	// CalmP50 to StormP99 are ns from when a request was due: without and with a storm of logins.
	CalmP50  Estimate `json:"calm_p50_ns"`
	CalmP99  Estimate `json:"calm_p99_ns"`
	StormP50 Estimate `json:"storm_p50_ns"`
	StormP99 Estimate `json:"storm_p99_ns"`
	// Late is the generator's own lateness, p99 over calm and storm, the median over starts. It is in the four above.
	Late    time.Duration `json:"lag_p99_ns"`
	Stormed Estimate      `json:"logins_per_s"`      // that the replica managed in the storm
	Failed  float64       `json:"share_failed"`      // of the requests in calm and storm, not answered as the user's own
	Refused string        `json:"refused,omitempty"` // why nothing is shown; empty where it is
}

func (a *Analysis) logins() {
	if a.Run.Plan.Logins == nil {
		return
	}
	for _, scheme := range a.Run.Plan.LoginArms() {
		l := Login{Name: scheme.Name, Scheme: scheme}
		var rows []load.Logins
		for _, row := range a.Run.Logins {
			if row.Arm == scheme.Name {
				rows = append(rows, row)
			}
		}
		if len(rows) == 0 {
			continue
		}
		if err := l.fill(rows); err != nil {
			l = Login{Name: scheme.Name, Scheme: scheme, Refused: err.Error()}
		}
		a.Logins = append(a.Logins, l)
	}
}

// series are one figure of each start.
type series map[*Estimate][]float64

func (s series) add(to *Estimate, v float64) { s[to] = append(s[to], v) }

func (l *Login) fill(rows []load.Logins) error {
	s := series{}
	var late []float64
	var sent, ok uint64
	for _, row := range rows {
		if row.Request.Requests == 0 || row.Login.Requests == 0 || row.Password.Requests == 0 || row.StormTime <= 0 || row.Request.Replica <= 0 {
			return fmt.Errorf("a start of it has no request, no login or no time")
		}
		request, cheap, password := each(row.Request), each(row.Login), each(row.Password)
		s.add(&l.Request, request)
		s.add(&l.Cheap, cheap)
		s.add(&l.Password, password)
		s.add(&l.CheapRatio, cheap/request)
		s.add(&l.PasswordRatio, password/request)
		if row.Login.Store > 0 {
			s.add(&l.Store, float64(row.Login.Store.Nanoseconds())/1e3/float64(row.Login.Requests))
		}
		s.add(&l.Stormed, float64(row.Stormed)/row.StormTime.Seconds())
		for _, part := range []struct {
			of       load.Steady
			p50, p99 *Estimate
		}{{row.Calm, &l.CalmP50, &l.CalmP99}, {row.Storm, &l.StormP50, &l.StormP99}} {
			due, err := load.DecodeHistogram(part.of.Due)
			if err != nil {
				return err
			}
			lag, err := load.DecodeHistogram(part.of.Lag)
			if err != nil {
				return err
			}
			s.add(part.p50, float64(due.ValueAtQuantile(50)))
			s.add(part.p99, float64(due.ValueAtQuantile(99)))
			late = append(late, float64(lag.ValueAtQuantile(99)))
			sent, ok = sent+part.of.Sent, ok+part.of.OK
		}
	}
	for to, samples := range s {
		*to = estimate(samples)
	}
	l.Late = time.Duration(median(late))
	if sent > 0 {
		l.Failed = 1 - float64(ok)/float64(sent)
	}
	return nil
}

// each is CPU µs of the replica.
func each(s load.Spent) float64 { return float64(s.Replica.Nanoseconds()) / 1e3 / float64(s.Requests) }
