package incident

import (
	"slices"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// Incident is an experiment as data: what is done to the servers, how it is proved that it happened, and what it may do
// to each group of schemes.
type Incident struct {
	Name       string
	Title      message.Message
	Hypothesis message.Message
	Hits       Hits
	Relayed    bool     // a step moves the store away
	Flags      []string // of every replica
	Storm      bool     // every user logs in at once
	Deed       Deed     // of clients, once Break is done
	// Lasts, unless 0, is how long the fault lasts at most, where nothing more comes of it.
	Lasts   time.Duration
	Break   []Step
	Proof   []Proof // right after Break, and again right before Repair unless it is Passing
	Passing bool    // the fault is over when Break is
	Repair  []Step  // the rollback
	Limits  map[Group]Limits
}

// Hits says which part an incident breaks. A scheme that has no such part runs through the same time beside the others.
type Hits string

// What incidents break.
const (
	Nothing  Hits = "nothing"
	Replicas Hits = "replicas"
	Redis    Hits = "redis"
	Keys     Hits = "keys" // that sign or seal
	Accounts Hits = "accounts"
	Logins   Hits = "logins" // which clients renew and end, and no part breaks
)

// Touches reports whether an incident breaks a part that the scheme has.
func (i Incident) Touches(s plan.Scheme) bool {
	switch i.Hits {
	case Replicas:
		return true
	case Keys:
		return s.Alg != "" || s.Sealed
	case Accounts, Logins:
		return s.Guarantee != plan.NoGuarantee
	case Redis:
		return s.Store
	default:
		return false
	}
}

// Lacks says why a scheme cannot go through the incident.
func (i Incident) Lacks(s plan.Scheme) message.Message {
	switch {
	case s.LosesLogins:
		return message.New("incident.loses-logins", "scheme", s.Name)
	case i.Hits == Redis && s.Postgres:
		return message.New("incident.no-redis", "scheme", s.Name, "incident", i.Title)
	default:
		return message.Message{}
	}
}

// Group is a group of schemes that an incident treats alike.
type Group string

// The groups, by where a login lives and how it ends.
const (
	TheControl  Group = "control"
	Stateless   Group = "stateless"   // no store: a token or cookie that proves itself
	InReplica   Group = "replica"     // a session in one replica
	InStore     Group = "store"       // a session in the store, asked at every request
	Remembered  Group = "remembered"  // a session in the store, and in every replica's cache
	Revocations Group = "revocations" // a token; the store is asked at every request whether it was ended
	Pushed      Group = "pushed"      // a token; the replicas follow a list of ends in the store
	PushedOpen  Group = "open"        // the same, and a replica that does not hear of ends accepts
)

// groupOf is the group of a scheme.
func groupOf(s plan.Scheme) Group {
	switch {
	case s.Guarantee == plan.NoGuarantee:
		return TheControl
	case s.PerReplica:
		return InReplica
	case !s.Store:
		return Stateless
	case s.Alg == "" && s.Tracking:
		return Remembered
	case s.Alg == "":
		return InStore
	case s.Guarantee == plan.WithinPush && slices.Contains(s.Flags, "--push-lost=open"):
		return PushedOpen
	case s.Guarantee == plan.WithinPush:
		return Pushed
	default:
		return Revocations
	}
}

// Rule says whether an outcome is forbidden, allowed or expected.
type Rule int

// The rules. An expected outcome that does not come breaks the hypothesis as a forbidden one does.
const (
	Never Rule = iota
	May
	Must
)

// Limits are the expected and forbidden outcomes. The zero value forbids that any request fails.
type Limits struct {
	Unavailable Rule          // 503 of a replica, while the fault lasts and until Back after its end
	Unanswered  Rule          // no answer, or none of a replica, within Grace after a step
	LoggedOut   Rule          // a user's login is refused
	Everyone    bool          // every user is refused until the next login
	Admitted    Rule          // an ended login is accepted after its scheme promised to refuse it
	NoLogins    Rule          // a new login fails while the fault lasts
	Grace, Back time.Duration // 0: two seconds, and one
	// Soon, unless 0, is how long after the fault began 503 may be answered, although it lasts.
	Soon time.Duration
	// Relapse is how long after the fault ended logins may be accepted, where Admitted allows that; 0: for good.
	Relapse time.Duration
	// Heals, unless 0, is the same after the rollback.
	Heals time.Duration
	// Prompt, unless 0, is how long 99 of 100 answers may take while the fault lasts, beyond what the control's take.
	Prompt time.Duration
}

// The times that schemes have where an incident gives no other.
const (
	usualGrace = 2 * time.Second
	usualBack  = time.Second
)

// LimitsOf are an incident's for a scheme. A scheme whose logins end only by themselves promises nothing at a logout,
// so that an ended login may be accepted.
func (i Incident) LimitsOf(s plan.Scheme) Limits {
	l := i.Limits[groupOf(s)]
	if !i.Touches(s) {
		l = Limits{}
	}
	if s.Guarantee == plan.AtExpiry && l.Admitted == Never {
		l.Admitted = May
	}
	if l.Grace == 0 {
		l.Grace = usualGrace
	}
	if l.Back == 0 {
		l.Back = usualBack
	}
	return l
}

// Names are the names of the incidents in their order, without Calm.
func Names() []string {
	var all []string
	for _, i := range Incidents {
		if i.Name != Calm {
			all = append(all, i.Name)
		}
	}
	return all
}

func named(name string) (Incident, bool) {
	if i := slices.IndexFunc(Incidents, func(i Incident) bool { return i.Name == name }); i >= 0 {
		return Incidents[i], true
	}
	return Incident{}, false
}
