package incident_test

import (
	"fmt"
	"net/http"
	"time"
)

// Histories are operations of users on two replicas, some at the same time, and what was answered. check holds them
// against the promise of a scheme.
//
// A checker for linearizability, such as porcupine, does not fit: "refused within a second after the logout was
// answered" is a promise about time, and not about an order in which the operations could have happened. Until that
// second is over, each replica may answer as it likes.

// act is what an operation does.
type act string

const (
	enter    act = "login"
	ask      act = "me"
	renew    act = "refresh"
	leave    act = "logout"
	appoint  act = "role"     // an admin changes the user's role
	password act = "password" // of the user, which ends the user's other logins
	crash    act = "crash"    // of the replica, which is started again at once
	pause    act = "pause"    // beyond the promised time
)

// op is a planned operation. A slot is a device of a user, which logs in again now and then.
type op struct {
	Act     act
	Slot    int
	Replica int
}

func (o op) String() string { return fmt.Sprintf("%s(slot %d, replica %d)", o.Act, o.Slot, o.Replica) }

// event is an operation that was done.
type event struct {
	op
	user       string
	login      int // which login of the history the credential is of; 0: none
	begin, end time.Duration
	status     int // 0: no answer
	role       string
}

func (e event) String() string {
	return fmt.Sprintf("%v by %s, login %d, %v to %v: %d %s", e.op, e.user, e.login, e.begin, e.end, e.status, e.role)
}

func (e event) done() bool { return e.status == http.StatusOK || e.status == http.StatusNoContent }

// promise is what a scheme promises.
type promise struct {
	ends   bool          // an ended login is refused, and a changed role is seen
	within time.Duration // that long after the change was answered
}

// checked counts the answers that the promise decided: a history without any shows nothing.
type checked struct{ refusals, acceptances, roles int }

// check returns what a history does that the scheme promised not to do.
func (p promise) check(history []event) (broken []string, n checked) {
	for _, e := range history {
		if e.Act != ask || e.login == 0 {
			continue
		}
		switch before, after := p.ended(history, e); {
		case before:
			if n.refusals++; e.status == http.StatusOK {
				broken = append(broken, "accepted after its end: "+e.String())
			}
		case !after && !turbulent(history, e):
			if n.acceptances++; e.status == http.StatusUnauthorized {
				broken = append(broken, "refused while it should be accepted: "+e.String())
			}
			if want, decided := p.role(history, e); decided && e.status == http.StatusOK {
				if n.roles++; e.role != want {
					broken = append(broken, fmt.Sprintf("the role is %s: %v", want, e))
				}
			}
		}
	}
	return broken, n
}

// ended says whether the login of an answer had ended for certain when it was asked, and whether it may have ended by
// the time of the answer.
func (p promise) ended(history []event, e event) (certain, perhaps bool) {
	born := birth(history, e.login)
	for _, x := range history {
		ends := x.Act == leave && x.login == e.login ||
			x.Act == password && x.user == e.user && x.login != e.login
		if !ends || x.begin > e.end || born.begin > x.end {
			continue
		}
		perhaps = true
		// A login that was made at the same time as the password changed may be on either side of it.
		if p.ends && x.done() && x.end+p.within < e.begin && born.end < x.begin {
			certain = true
		}
	}
	return certain, perhaps
}

// birth is the event in which a login was made.
func birth(history []event, login int) event {
	for _, e := range history {
		if e.Act == enter && e.login == login {
			return e
		}
	}
	return event{}
}

// turbulent reports whether the login was renewed while it was asked about: then either credential may be refused.
func turbulent(history []event, e event) bool {
	for _, x := range history {
		if x.Act == renew && x.login == e.login && x.begin <= e.end && x.end >= e.begin {
			return true
		}
	}
	return false
}

// role is the role that an answer must carry, where one is decided: the last change was answered long enough ago, and
// no other is on its way.
func (p promise) role(history []event, e event) (want string, decided bool) {
	var last event
	for _, x := range history {
		if x.Act != appoint || x.user != e.user || x.begin > e.end {
			continue
		}
		if !x.done() || x.end+p.within >= e.begin || want != "" && x.begin <= last.end {
			return "", false
		}
		last, want = x, x.role
	}
	return want, p.ends && want != ""
}
