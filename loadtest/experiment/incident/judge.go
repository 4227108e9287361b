package incident

import (
	"slices"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// Verdict says whether a hypothesis held.
type Verdict string

// The verdicts. Unable is no verdict: the scheme has no part to break in this way, or the platform cannot.
const (
	Held    Verdict = "held"
	Broken  Verdict = "broken"
	Unknown Verdict = "unknown"
	Unable  Verdict = "unable"
)

// Figures are the same for every incident and scheme. Requests are those of users who had not logged out, from the
// fault on.
type Figures struct {
	Asked     int           `json:"asked"`             // requests
	Failed    int           `json:"failed"`            // of those: any other answer than the right one, or none
	Refused   int           `json:"wrongly_refused"`   // of those: 401
	Admitted  int           `json:"wrongly_admitted"`  // requests of users who had logged out, after the promised time
	Denied    int           `json:"rightly_denied"`    // such requests that were refused
	LoggedOut int           `json:"logged_out"`        // users who were refused at least once
	Lost      int           `json:"lost"`              // users who were refused at their last request too
	Longest   time.Duration `json:"longest_outage_ns"` // of one user, from a first failure to the next success
	Noticed   time.Duration `json:"noticed_ns"`        // from the fault until a replica said it is not ready; -1: none did
	Recovered time.Duration `json:"recovered_ns"`      // from the rollback until the last failure other than 401
	First     time.Duration `json:"first_success_ns"`  // from the fault until a success after a failure; -1: no failure
	P99       time.Duration `json:"p99_ns"`            // of the answers while the fault lasted
	Logins    Tries         `json:"logins"`            // new ones that began while the fault lasted
	Logouts   Tries         `json:"logouts"`           // halfway through the fault
	Clients   *Clients      `json:"clients,omitempty"` // what clients did in an incident that breaks no part

	before      int // right answers before the fault
	wrongBefore int
	after       int // answers after the rollback
	late        int // answers other than right ones, later than the limits allow them
	unhealed    int // ended logins accepted later than the limits allow after the rollback
	relapsed    int // ended logins accepted later than the limits allow
	unavailable int // 503 from the fault on
	unanswered  int
	other       int
	cookies     int
}

// figures adds up a line. Which failures came too late depends on the limits.
func (l Line) figures(limits Limits) (f Figures) {
	f = Figures{
		LoggedOut: l.Users.LoggedOut, Lost: l.Users.Lost, Longest: l.Users.Longest, P99: l.P99, Logins: l.Logins,
		Logouts: l.Logouts, Clients: l.Clients, Noticed: -1, First: -1,
	}
	if l.Noticed >= l.Injected && l.Noticed > 0 {
		f.Noticed = l.Noticed - l.Injected
	}
	for i, b := range l.Buckets {
		f.bucket(l, limits, time.Duration(i)*Width, b)
	}
	return f
}

// bucket adds a bucket that begins at that moment. Requests that are in flight when something happens were sent a
// bucket earlier, or in the same.
func (f *Figures) bucket(l Line, limits Limits, at time.Duration, b Bucket) {
	if limits.Relapse > 0 && at >= l.Injected+limits.Relapse {
		f.relapsed += b.Admitted
	}
	if limits.Heals > 0 && at >= l.Undone+limits.Heals {
		f.unhealed += b.Admitted
	}
	wrong := b.Refused + b.Unavailable + b.Unanswered + b.Other
	f.Admitted, f.Denied, f.cookies = f.Admitted+b.Admitted, f.Denied+b.Denied, f.cookies+b.Cookies
	if at+2*Width <= l.Injected {
		f.before, f.wrongBefore = f.before+b.OK, f.wrongBefore+wrong
		return
	}
	f.Asked, f.Failed, f.Refused = f.Asked+b.OK+wrong, f.Failed+wrong, f.Refused+b.Refused
	f.unavailable, f.unanswered, f.other = f.unavailable+b.Unavailable, f.unanswered+b.Unanswered, f.other+b.Other
	if at >= l.Undone {
		f.after += b.OK + wrong
	}
	if f.First < 0 && b.OK > 0 && f.Failed > wrong {
		f.First = at - l.Injected
	}
	if b.Unavailable+b.Unanswered+b.Other > 0 {
		f.Recovered = max(f.Recovered, at+Width-l.Undone)
	}
	if b.Unavailable > 0 && at >= l.Undone+limits.Back {
		f.late += b.Unavailable
	}
	if b.Unavailable > 0 && limits.Soon > 0 && at >= l.Injected+limits.Soon && at < l.Undone-Width {
		f.late += b.Unavailable
	}
	graced := at < l.Injected+limits.Grace || at >= l.Undone-Width && at < l.Undone+limits.Back
	if b.Unanswered > 0 && !graced {
		f.late += b.Unanswered
	}
}

// most is how late requests may be sent, at the 99th percentile, for the load to have run in time. A longer pause of
// the load hides what a fault does meanwhile, and a machine that pauses the load pauses the servers too. A relay may be
// as late at most, because servers give a store up after a quarter of a second: a failure would be the relay's.
const most = 100 * time.Millisecond

// void says why a line shows nothing.
func (l Line) void(i Incident, f Figures) message.Message {
	switch {
	case l.Failed != "":
		return message.New("incident.void-step", "why", message.Text(l.Failed))
	case l.Load.Mixed > 0:
		return message.New("incident.void-mixed")
	case l.late() && l.Load.Relay > most:
		return message.New("incident.void-relay", "late", page.Duration(l.Load.Relay))
	case l.late():
		return message.New("incident.void-load", "late", page.Duration(l.Load.Late), "unsent", l.Load.Unsent)
	case f.before < Enough || f.after < Enough:
		return message.New("incident.void-few", "before", f.before, "after", f.after, "least", Enough)
	case f.wrongBefore > 0:
		return message.New("incident.void-unsteady", "wrong", f.wrongBefore)
	case l.Touched && len(l.Proofs) < i.proofs():
		return message.New("incident.void-no-proof")
	}
	proofs := l.Proofs
	if l.Touched && i.Deed != "" {
		proofs = append(slices.Clone(proofs), l.Clients.met())
	}
	for _, e := range proofs {
		if !e.Held {
			return message.New("incident.void-proof", "of", e.Of, "want", e.Want, "saw", e.Saw)
		}
	}
	return message.Message{}
}

// proofs is how many proofs a line must have.
func (i Incident) proofs() int {
	if i.Passing {
		return len(i.Proof)
	}
	return 2 * len(i.Proof)
}

// breaches lists the forbidden outcomes that came, and the expected ones that did not. control is what 99 of 100 of the
// control's answers took meanwhile.
func (l Line) breaches(limits Limits, f Figures, control time.Duration) (all []message.Message) {
	breach := func(rule Rule, n int, forbidden, missing message.Message) {
		switch {
		case rule == Never && n > 0:
			all = append(all, forbidden)
		case rule == Must && n == 0:
			all = append(all, missing)
		}
	}
	breach(limits.Unavailable, f.unavailable, message.New("incident.breach-unavailable", "n", f.unavailable),
		message.New("incident.missing-unavailable"))
	breach(limits.Unanswered, f.unanswered, message.New("incident.breach-unanswered", "n", f.unanswered),
		message.New("incident.missing-unanswered"))
	breach(limits.LoggedOut, f.LoggedOut, message.New("incident.breach-logged-out", "n", f.LoggedOut),
		message.New("incident.missing-logged-out"))
	if limits.Everyone && f.Lost < l.Users.Live {
		all = append(all, message.New("incident.missing-everyone", "n", l.Users.Live-f.Lost, "of", l.Users.Live))
	}
	breach(limits.Admitted, f.Admitted, message.New("incident.breach-admitted", "n", f.Admitted),
		message.New("incident.missing-admitted"))
	breach(limits.NoLogins, f.Logins.Tried-f.Logins.Done,
		message.New("incident.breach-logins", "n", f.Logins.Tried-f.Logins.Done, "of", f.Logins.Tried),
		message.New("incident.missing-logins"))
	breach(Never, f.other, message.New("incident.breach-other", "n", f.other), message.Message{})
	breach(Never, f.late, message.New("incident.breach-late", "n", f.late), message.Message{})
	breach(Never, f.relapsed, message.New("incident.breach-relapsed", "n", f.relapsed,
		"limit", page.Duration(limits.Relapse)), message.Message{})
	breach(Never, f.unhealed, message.New("incident.breach-unhealed", "n", f.unhealed,
		"limit", page.Duration(limits.Heals)), message.Message{})
	breach(Never, f.cookies, message.New("incident.breach-cookies", "n", f.cookies), message.Message{})
	all = append(all, l.Clients.breaches()...)
	if limits.Prompt > 0 && f.P99 > limits.Prompt+control {
		all = append(all, message.New("incident.breach-slow", "took", page.Duration(f.P99), "limit",
			page.Duration(limits.Prompt)))
	}
	if l.Leaked {
		all = append(all, message.New("incident.breach-leaked", "before", l.Before.Goroutines, "after", l.After.Goroutines))
	}
	return all
}
