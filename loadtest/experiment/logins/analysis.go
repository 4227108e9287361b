package logins

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Login is what a login costs a replica of a scheme compared with a request, and what a storm of logins does to
// requests. Samples are starts.
type Login struct {
	Name   string      `json:"scheme"` // the scheme's name
	Scheme plan.Scheme `json:"-"`
	// Request, Cheap and Password are CPU µs of the replica: for GET /v1/me, for a login whose password is cheap to check,
	// and for a login whose password is hashed as for people.
	Request  stats.Estimate `json:"request_us"`
	Cheap    stats.Estimate `json:"cheap_login_us"`
	Password stats.Estimate `json:"login_us"`
	// CheapRatio and PasswordRatio are the costs of logins ÷ the cost of a request of the same start.
	CheapRatio    stats.Estimate `json:"cheap_login_to_request"`
	PasswordRatio stats.Estimate `json:"login_to_request"`
	// Store is CPU µs of the store for a login; 0 where there is none.
	Store stats.Estimate `json:"store_login_us"`
	// Idle says which of the costs are withheld, because the replica was idle in most starts or turned tries away. Such
	// CPU time depends on the load, and is not a cost.
	Idle  []message.Sentence `json:"idle,omitempty"`
	Calm  Among              `json:"calm"`  // requests without a storm
	Storm Among              `json:"storm"` // requests beside a storm of logins
	// Stormed is how many logins per second the replica managed in the storm. Turned is the share of tries that it turned
	// away.
	Stormed stats.Estimate   `json:"logins_per_s"`
	Turned  float64          `json:"share_turned_away"`
	Starts  int              `json:"starts"`           // that were measured
	Refused message.Sentence `json:"refused,omitzero"` // why nothing is shown; empty where it is
}

// Among is how long requests at a fixed mean rate took, with or without a storm of logins beside them. Samples are
// starts.
type Among struct {
	// P50 and P90 are ns from when a request was due. Each start has some hundreds of requests, too few for a p99.
	P50 stats.Estimate `json:"p50_ns"`
	P90 stats.Estimate `json:"p90_ns"`
	// Late is the generator's own lateness, p99, median over starts. P50 and P90 include it.
	Late   time.Duration `json:"lag_p99_ns"`
	Failed float64       `json:"share_failed"` // not answered as the user's own
	// Withheld says why P50 or P90 cannot be trusted, and are unknown; empty where both are known.
	Withheld message.Sentence `json:"withheld,omitzero"`
}

// fewFailed is the share of failed requests from which latencies are withheld: the others are no longer representative.
const fewFailed = 0.001

// Findings are by scheme.
type Findings struct {
	part    *Part
	schemes []plan.Scheme
	Logins  []Login
}

// MarshalJSON writes them as a list.
func (f *Findings) MarshalJSON() ([]byte, error) { return json.Marshal(f.Logins) }

// Known implements experiment.Findings.
func (f *Findings) Known() bool { return len(f.Logins) > 0 }

// Figures implements experiment.Findings: CPU time as a ratio to a request's.
func (f *Findings) Figures() (all []experiment.Figure) {
	for _, l := range f.Logins {
		for _, of := range []experiment.Figure{
			{What: message.New("logins.figure"), Of: l.PasswordRatio},
			{What: message.New("logins.figure-cheap"), Of: l.CheapRatio},
		} {
			if of.Scheme = l.Name; of.Of.Known() {
				all = append(all, of)
			}
		}
	}
	return all
}

func analyse(r *record.Run) experiment.Findings {
	part, _ := plan.PartOf[*Part](r.Plan)
	lines := read(r)
	found := &Findings{part: part, schemes: r.Plan.LoginSchemes()}
	for _, scheme := range found.schemes {
		l := Login{Name: scheme.Name, Scheme: scheme}
		var own []Line
		for _, line := range lines {
			if line.Scheme == scheme.Name {
				own = append(own, line)
			}
		}
		if len(own) == 0 {
			continue
		}
		if refused := l.fill(own); !refused.IsZero() {
			l = Login{Name: scheme.Name, Scheme: scheme, Refused: refused}
		}
		found.Logins = append(found.Logins, l)
	}
	return found
}

// fill returns why the lines cannot be used, if they cannot.
func (l *Login) fill(rows []Line) (refused message.Sentence) {
	var calm, storm []Steady
	var request, cheap, password, store, stormed []float64
	var made, turned uint64
	l.Starts = len(rows)
	for _, row := range rows {
		if row.Request.Requests == 0 || row.Login.Requests == 0 || row.Password.Requests == 0 || row.StormTime <= 0 ||
			row.Request.Replica <= 0 {
			return message.Say("logins.empty-start")
		}
		request, cheap, password = append(request, each(row.Request)), append(cheap, each(row.Login)),
			append(password, each(row.Password))
		if row.Login.Store > 0 {
			store = append(store, float64(row.Login.Store.Nanoseconds())/1e3/float64(row.Login.Requests))
		}
		stormed = append(stormed, float64(row.Stormed)/row.StormTime.Seconds())
		made, turned = made+row.Stormed, turned+row.Turned
		calm, storm = append(calm, row.Calm), append(storm, row.Storm)
	}
	l.Request, l.Cheap, l.Password = l.cost(message.Say("logins.a-request"), request),
		l.cost(message.Say("logins.a-cheap-login"), cheap), l.cost(message.Say("logins.a-login"), password)
	if l.Request.Known() && l.Cheap.Known() {
		l.CheapRatio = stats.Of(quotients(cheap, request))
	}
	if l.Request.Known() && l.Password.Known() {
		l.PasswordRatio = stats.Of(quotients(password, request))
	}
	l.Store, l.Stormed = stats.Of(store), stats.Of(stormed)
	if made+turned > 0 {
		l.Turned = float64(turned) / float64(made+turned)
	}
	if err := errors.Join(l.Calm.fill(calm), l.Storm.fill(storm)); err != nil {
		refused.Message = message.Text(err.Error())
	}
	return refused
}

// cost is the estimate over the starts where the figure is a cost. If those are not most starts, it is unknown and
// named in Idle.
func (l *Login) cost(what message.Sentence, starts []float64) stats.Estimate {
	counting := numbers(starts)
	if 2*len(counting) <= len(starts) {
		l.Idle = append(l.Idle, what)
		return stats.Estimate{}
	}
	return stats.Of(counting)
}

// numbers leaves out NaN.
func numbers(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
}

// quotients are a ÷ b of the same start, where both are known.
func quotients(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return numbers(all)
}

// each is CPU µs of the replica for one request or login; NaN where the replica was idle or turned tries away.
func each(s Spent) float64 {
	if s.Refused > 0 || float64(s.Replica) < record.Saturated*float64(s.Elapsed) {
		return math.NaN()
	}
	return float64(s.Replica.Nanoseconds()) / 1e3 / float64(s.Requests)
}

func (m *Among) fill(starts []Steady) error {
	var p50, p90, late []float64
	var sent, ok uint64
	for _, s := range starts {
		due, err := record.DecodeHistogram(s.Due)
		if err != nil {
			return err
		}
		lag, err := record.DecodeHistogram(s.Lag)
		if err != nil {
			return err
		}
		p50, p90 = append(p50, float64(due.ValueAtQuantile(50))), append(p90, float64(due.ValueAtQuantile(90)))
		late = append(late, float64(lag.ValueAtQuantile(99)))
		sent, ok = sent+s.Sent, ok+s.OK
	}
	m.P50, m.P90, m.Late = stats.Of(p50), stats.Of(p90), time.Duration(stats.Median(late))
	if sent > 0 {
		m.Failed = 1 - float64(ok)/float64(sent)
	}
	least := float64(m.Late) / record.LagShare
	switch {
	case m.Failed > fewFailed:
		m.P50, m.P90 = stats.Estimate{}, stats.Estimate{}
		m.Withheld = message.Say("logins.failed", "share", m.Failed)
	case m.P50.Center < least:
		m.P50 = stats.Estimate{}
		m.Withheld = message.Say("logins.late", "lag", m.Late.Round(10*time.Microsecond))
		if m.P90.Center < least {
			m.P90 = stats.Estimate{}
		}
	}
	return nil
}
