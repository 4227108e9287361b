package measuretest

import (
	"strconv"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/experiment/incident"
	"authlab/loadtest/plan"
)

// incidents happen to every scheme, and bring exactly what each incident expects of it.
func (b *bench) incidents() {
	d, ok := plan.PartOf[*incident.Part](b.run.Plan)
	if !ok {
		return
	}
	for _, i := range d.Incidents() {
		for repetition := range d.Times {
			for _, s := range d.Schemes(b.run.Plan) {
				if why := i.Lacks(s); !why.IsZero() {
					if repetition == 0 {
						b.run.Add(d.Key(), incident.Line{Incident: i.Name, Scheme: s.Name, Unable: why})
					}
					continue
				}
				b.run.Add(d.Key(), Incident(d, i, s, repetition))
			}
		}
	}
}

// Incident is the line of a scheme that goes through an incident as its hypothesis says.
func Incident(d *incident.Part, i incident.Incident, s plan.Scheme, repetition int) incident.Line {
	l := incident.Line{
		Incident: i.Name, Scheme: s.Name, Repetition: repetition, Nonce: strconv.Itoa(repetition), Touched: i.Touches(s),
		Injected: d.Before, Undone: d.Before + d.Fault, Ended: d.Before + d.Fault + d.After,
		Load:  incident.Load{Sent: int(d.Rate * (d.Before + d.Fault + d.After).Seconds()), Late: time.Millisecond},
		Users: incident.Users{Live: d.Users}, P99: 5 * time.Millisecond,
		Logins: incident.Tries{Tried: 28, Done: 28}, Logouts: incident.Tries{Tried: 20, Done: 20},
		Before: experiment.Vitals{Processes: 4, Goroutines: 60, Files: 60, Resident: 60 << 20},
		After:  experiment.Vitals{Processes: 4, Goroutines: 62, Files: 64, Resident: 70 << 20},
	}
	limits := i.LimitsOf(s)
	for at := time.Duration(0); at < l.Ended; at += incident.Width {
		l.Buckets = append(l.Buckets, bucket(d, l, limits, at))
	}
	if !l.Touched {
		return l
	}
	for range 2 {
		for range i.Proof {
			l.Proofs = append(l.Proofs, incident.Evidence{Of: "the part", Want: "broken", Saw: "broken", Held: true})
		}
	}
	if i.Deed != "" && i.Touches(s) {
		l.Clients = &incident.Clients{Tried: 60, AtOnce: 60, Done: 60, Listed: 10}
	}
	if limits.Unavailable == incident.Must {
		l.Noticed, l.Heard, l.Users.Longest = l.Injected+incident.Width, l.Undone, d.Fault
	}
	if limits.LoggedOut == incident.Must {
		l.Users.LoggedOut, l.Users.Lost, l.Users.Longest = d.Users, d.Users, d.Fault+d.After
	}
	if limits.NoLogins == incident.Must {
		l.Logins = incident.Tries{Tried: 28, Unavailable: 28}
	}
	return l
}

// bucket is what becomes of the requests that are sent in a tenth of a second.
func bucket(d *incident.Part, l incident.Line, limits incident.Limits, at time.Duration) (b incident.Bucket) {
	n := int(d.Rate * incident.Width.Seconds())
	late := at >= l.Injected && l.Touched
	switch {
	case late && limits.LoggedOut == incident.Must:
		b.Refused = n
	case late && at < l.Undone && limits.Unavailable == incident.Must && (limits.Soon == 0 || at < l.Injected+limits.Soon):
		b.Unavailable = n
	default:
		b.OK = n
	}
	if b.Denied = 1; late && limits.Admitted == incident.Must {
		b.Admitted, b.Denied = 1, 0
	}
	return b
}
