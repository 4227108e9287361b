package delays

import (
	"encoding/json"
	"slices"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Delay is how soon the replicas of a scheme refused logins that had been ended, over all logins and replicas.
type Delay struct {
	Name     string      `json:"scheme"` // the scheme's name
	Scheme   plan.Scheme `json:"-"`
	Logins   int         `json:"logins"`   // that were ended
	Refusals int         `json:"refusals"` // one for each login and replica that was asked
	// Accepted is the share of replicas that still took a login after its end. Longest is how long after the end the last
	// such request was sent.
	Accepted float64       `json:"share_accepted_after"`
	Longest  time.Duration `json:"longest_accepted_ns"`
	// P50, P99 and Worst are when the final refusal came, the request's own time included, from replicas other than the
	// one where the login was ended. Where no other replica knows the login, they are of that one. P99 is 0 with fewer
	// than a hundred refusals.
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns,omitempty"`
	Worst time.Duration `json:"worst_ns"`
	// Own is the worst time of the replica where the login was ended; 0 where only that replica is asked.
	Own   time.Duration `json:"worst_own_ns,omitempty"`
	Never int           `json:"never"` // replicas that did not refuse in the time that they were asked
	// Broken says that a scheme broke its guarantee.
	Broken bool `json:"guarantee_broken"`
}

// AtWorst is the longest that any replica took.
func (d Delay) AtWorst() time.Duration { return max(d.Worst, d.Own) }

// Findings are by scheme.
type Findings struct {
	part    *Part
	schemes []plan.Scheme
	Delays  []Delay
}

// MarshalJSON writes them as a list.
func (f *Findings) MarshalJSON() ([]byte, error) { return json.Marshal(f.Delays) }

// Known implements experiment.Findings.
func (f *Findings) Known() bool { return len(f.Delays) > 0 }

// Figures implements experiment.Findings: times of two runs are not compared.
func (f *Findings) Figures() []experiment.Figure { return nil }

func analyse(r *record.Run) experiment.Findings {
	part, _ := plan.PartOf[*Part](r.Plan)
	lines := read(r)
	f := &Findings{part: part, schemes: part.schemes(r.Plan)}
	for _, scheme := range f.schemes {
		d := Delay{Name: scheme.Name, Scheme: scheme}
		var refused []time.Duration
		for _, x := range lines {
			if x.Scheme == scheme.Name {
				d.Logins = max(d.Logins, x.Trial+1)
				refused = d.count(x.Refusal, refused)
			}
		}
		if d.Logins == 0 {
			continue
		}
		slices.Sort(refused)
		d.Accepted /= float64(d.Refusals + d.Never)
		if n := len(refused); n > 0 {
			d.P50, d.Worst = refused[(n-1)/2], refused[n-1]
			if n >= 100 {
				d.P99 = refused[(99*n-1)/100]
			}
		}
		// Only a request that was sent after the end, and after the time that the scheme allows itself, can break the
		// guarantee.
		d.Broken = d.Never > 0 || d.Longest > scheme.Push
		f.Delays = append(f.Delays, d)
	}
	return f
}

func (d *Delay) count(x record.Refusal, refused []time.Duration) []time.Duration {
	if x.Accepted > 0 {
		d.Accepted++
		d.Longest = max(d.Longest, x.Accepted)
	}
	if x.Refused == 0 {
		d.Never++
		return refused
	}
	d.Refusals++
	if x.Own && !d.Scheme.PerReplica {
		d.Own = max(d.Own, x.Refused)
		return refused
	}
	return append(refused, x.Refused)
}
