package incident_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"authlab/loadtest/experiment/incident"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

const every = "name: mine\nschemes: [session-redis, session-near, session-sticky, session-cookie, " +
	"token-hs256, token-denylist, token-push, token-push-open]\n" +
	"incident: {faults: %s, replicas: 2, users: 100, rate: 300, before: 4s, fault: 2s, after: 4s, times: 3}\n"

// synthetic is a run in which every incident went as its hypothesis says, apart from what change does to a line; false
// leaves the line out.
func synthetic(t *testing.T, faults string, change func(*incident.Line) bool) *record.Run {
	t.Helper()
	p, err := plan.Parse("mine.yaml", fmt.Appendf(nil, every, faults), incident.Kind.Part)
	if err != nil {
		t.Fatal(err)
	}
	r := &record.Run{Plan: p, Events: []record.Event{{Kind: record.Finished}}}
	d, _ := plan.PartOf[*incident.Part](p)
	for _, i := range d.Incidents() {
		for repetition := range d.Times {
			for _, s := range d.Schemes(p) {
				if l := measuretest.Incident(d, i, s, repetition); change(&l) {
					r.Add("incident", l)
				}
			}
		}
	}
	return r
}

func names() string {
	list := "["
	for i, name := range incident.Names() {
		if i > 0 {
			list += ", "
		}
		list += name
	}
	return list + "]"
}

// TestEveryHypothesisCanHold: the table contradicts itself nowhere.
func TestEveryHypothesisCanHold(t *testing.T) {
	r := synthetic(t, names(), func(*incident.Line) bool { return true })
	for _, c := range found(r) {
		if c.Verdict != incident.Held {
			t.Errorf("%s, %s: %s, %v", c.Incident, c.Name, c.Verdict, c.Why)
		}
	}
}

// in is the bucket that many tenths of a second after the begin: the fault is from 40 to 60.
func in(l *incident.Line, at int) *incident.Bucket { return &l.Buckets[at] }

// lie is a line that is not as the hypothesis says, of session-redis unless scheme names another. It is told of one of
// three repetitions.
type lie struct {
	incident, scheme string
	tell             func(*incident.Line)
}

// TestALieBreaks: each lie is an outcome that the hypothesis forbids, or one that it expects and that did not come.
func TestALieBreaks(t *testing.T) {
	for name, of := range map[string]lie{
		"a user is logged out":          {tell: func(l *incident.Line) { in(l, 50).Refused, l.Users.LoggedOut = 1, 1 }},
		"the store's absence is missed": {tell: func(l *incident.Line) { answered(l) }},
		"it fails after the rollback":   {tell: func(l *incident.Line) { in(l, 75).Unavailable = 1 }},
		"a failing answer has a cookie": {tell: func(l *incident.Line) { in(l, 50).Cookies = 1 }},
		"another status":                {tell: func(l *incident.Line) { in(l, 50).Other = 1 }},
		"no answer":                     {tell: func(l *incident.Line) { in(l, 50).Unanswered = 1 }},
		"something leaks":               {tell: func(l *incident.Line) { l.Leaked = true }},
		"an ended login is admitted":    {tell: func(l *incident.Line) { in(l, 30).Admitted = 1 }},
		"a token notices":               {scheme: "token-hs256", tell: func(l *incident.Line) { in(l, 50).Unavailable = 1 }},
		"it answers too late": {
			incident: "store-hangs", tell: func(l *incident.Line) { l.P99 = 400 * time.Millisecond },
		},
		"an answer is late after the kill": {
			incident: "replica-killed",
			tell:     func(l *incident.Line) { l.Buckets = slices.Clone(l.Buckets); in(l, 65).Other = 1 },
		},
		"no session is lost with the store": {
			incident: "store-emptied", tell: func(l *incident.Line) { l.Users.LoggedOut = 0 },
		},
		"an ended login comes back": {
			incident: "store-emptied", scheme: "token-denylist", tell: func(l *incident.Line) { in(l, 50).Admitted = 1 },
		},
		"an ended login comes back for too long": {
			incident: "store-evicts", scheme: "token-denylist", tell: func(l *incident.Line) { in(l, 60).Admitted = 1 },
		},
		"the store is not trusted again": {
			incident: "store-evicts", scheme: "token-denylist", tell: func(l *incident.Line) { in(l, 81).Unavailable = 1 },
		},
		"a tab is logged out": {
			incident: "tabs-renew", tell: func(l *incident.Line) { l.Clients.Done, l.Clients.Out = 59, 1 },
		},
		"a tab is not answered": {
			incident: "tabs-renew", tell: func(l *incident.Line) { l.Clients.Done, l.Clients.Failed = 59, 1 },
		},
		"tabs have two logins":  {incident: "tabs-renew", tell: func(l *incident.Line) { l.Clients.More = 1 }},
		"tabs outlive a logout": {incident: "tabs-renew", tell: func(l *incident.Line) { l.Clients.Kept = 1 }},
		"a slow request is carried out": {
			incident: "logout-overtakes", tell: func(l *incident.Line) { l.Clients.Admitted = 1 },
		},
		"a slow request revives a login": {
			incident: "logout-overtakes", scheme: "token-hs256", tell: func(l *incident.Line) { l.Clients.Revived = 1 },
		},
		"it stays on a silent connection": {
			incident: "store-half-open", tell: func(l *incident.Line) { in(l, 57).Unavailable = 1 },
		},
		"a login is lost to a reset": {
			incident: "store-resets", tell: func(l *incident.Line) { in(l, 50).Refused, l.Users.LoggedOut = 1, 1 },
		},
		"jitter fails a request": {incident: "store-jitter", tell: func(l *incident.Line) { in(l, 50).Unavailable = 1 }},
		"a failover loses a login": {
			incident: "old-master", tell: func(l *incident.Line) { in(l, 50).Refused, l.Users.LoggedOut = 1, 1 },
		},
		"an ended token stays alive after a failover": {
			incident: "old-master", scheme: "token-denylist", tell: func(l *incident.Line) { in(l, 85).Admitted = 1 },
		},
		"the demoted master is asked on": {
			incident: "old-master", tell: func(l *incident.Line) { in(l, 75).Unavailable = 1 },
		},
		"a token outlives its key": {
			incident: "key-removed", scheme: "token-hs256", tell: func(l *incident.Line) { l.Users.Lost-- },
		},
		"a sealed cookie outlives its key": {
			incident: "key-removed", scheme: "session-cookie", tell: func(l *incident.Line) { l.Users.Lost-- },
		},
		"a change of keys loses a sealed cookie": {
			incident: "key-rotated", scheme: "session-cookie",
			tell: func(l *incident.Line) { in(l, 50).Refused, l.Users.LoggedOut = 1, 1 },
		},
		"logins go on without accounts": {
			incident: "accounts-gone", tell: func(l *incident.Line) { l.Logins.Done = l.Logins.Tried },
		},
	} {
		t.Run(name, func(t *testing.T) { of.flips(t, incident.Broken) })
	}
}

// TestARelapseIsBounded: where what was dropped is noticed only when Redis is asked, ended logins may come back until
// then.
func TestARelapseIsBounded(t *testing.T) {
	r := synthetic(t, "[store-evicts]", func(l *incident.Line) bool {
		if l.Scheme == "token-denylist" && l.Incident != incident.Calm {
			in(l, 59).Admitted = 1
		}
		return true
	})
	if c := cellOf(t, r, "store-evicts", "token-denylist"); c.Verdict != incident.Held {
		t.Errorf("the verdict is %s: %v", c.Verdict, c.Why)
	}
}

// TestALieShowsNothing: without load, proof, control or calm no hypothesis holds.
func TestALieShowsNothing(t *testing.T) {
	for name, of := range map[string]lie{
		"a step failed":              {tell: func(l *incident.Line) { l.Failed = "the store does not end" }},
		"another user's answer":      {tell: func(l *incident.Line) { l.Load.Mixed = 1 }},
		"the load was late":          {tell: func(l *incident.Line) { l.Load.Late = time.Second }},
		"the relay was late":         {tell: func(l *incident.Line) { l.Load.Relay = time.Second }},
		"the load was not sent":      {tell: func(l *incident.Line) { l.Load.Unsent = l.Load.Sent / 50 }},
		"few answers before":         {tell: func(l *incident.Line) { thin(l, 0, 40) }},
		"few answers after":          {tell: func(l *incident.Line) { thin(l, 60, 100) }},
		"a failure before the fault": {tell: func(l *incident.Line) { in(l, 20).Unavailable = 1 }},
		"no proof":                   {tell: func(l *incident.Line) { l.Proofs = nil }},
		"no proof at the end":        {tell: func(l *incident.Line) { l.Proofs = l.Proofs[:1] }},
		"the part was not broken": {tell: func(l *incident.Line) {
			l.Proofs[1].Held, l.Proofs[1].Saw = false, "runs"
		}},
		"tabs renewed one after the other": {incident: "tabs-renew", tell: func(l *incident.Line) { l.Clients.AtOnce = 29 }},
		"no tab renewed":                   {incident: "tabs-renew", tell: func(l *incident.Line) { l.Clients = nil }},
		"slow requests were fast": {
			incident: "logout-overtakes", tell: func(l *incident.Line) { l.Clients.AtOnce = 0 },
		},
		"it fails in the calm": {incident: incident.Calm, tell: func(l *incident.Line) { in(l, 50).Unavailable = 1 }},
		"the control fails": {
			scheme: plan.Control, tell: func(l *incident.Line) { in(l, 50).Other = 1 },
		},
	} {
		t.Run(name, func(t *testing.T) { of.flips(t, incident.Unknown) })
	}
	t.Run("a repetition is missing", func(t *testing.T) {
		r := synthetic(
			t,
			"[store-down]",
			func(l *incident.Line) bool { return l.Repetition < 2 || l.Incident == incident.Calm },
		)
		if c := cellOf(t, r, "store-down", "session-redis"); c.Verdict != incident.Unknown {
			t.Errorf("the verdict is %s", c.Verdict)
		}
		if len(incident.Kind.Complete(r)) == 0 {
			t.Error("no damage is told")
		}
	})
}

// flips tells the lie and asks for the verdict of session-redis, or of the scheme that lies.
func (f lie) flips(t *testing.T, want incident.Verdict) {
	t.Helper()
	if f.scheme == "" {
		f.scheme = "session-redis"
	}
	if f.incident == "" {
		f.incident = "store-down"
	}
	fault, judged := f.incident, f.scheme
	if fault == incident.Calm {
		fault = "store-down"
	}
	if judged == plan.Control {
		judged = "session-redis"
	}
	r := synthetic(t, "["+fault+"]", func(l *incident.Line) bool {
		if l.Incident == f.incident && l.Scheme == f.scheme && l.Repetition == 1 {
			f.tell(l)
		}
		return true
	})
	if c := cellOf(t, r, fault, judged); c.Verdict != want || len(c.Why) == 0 {
		t.Errorf("the verdict is %s, want %s: %v", c.Verdict, want, c.Why)
	}
	if said := incident.Kind.Analyse(r).(*incident.Findings).Unresolved(); said.IsZero() == (want == incident.Unknown) {
		t.Errorf("where a verdict is %s, the run says %q of what is unknown", want, said)
	}
}

// answered has every request answered.
func answered(l *incident.Line) {
	for i := range l.Buckets {
		b := in(l, i)
		b.OK, b.Unavailable = b.OK+b.Unavailable, 0
	}
}

// thin leaves one request in each of some buckets.
func thin(l *incident.Line, from, to int) {
	for i := from; i < to; i++ {
		*in(l, i) = incident.Bucket{OK: 1}
	}
}
