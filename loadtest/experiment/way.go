package experiment

import "authlab/loadtest/plan"

// Way is a way to remember users.
type Way string

// The ways.
const (
	Sessions Way = "session"
	Tokens   Way = "token"
)

// WayOf is how a scheme remembers users; "" for the control, which does not.
func WayOf(s plan.Scheme) Way {
	switch {
	case s.Carrier == plan.ByName:
		return ""
	case s.Alg != "":
		return Tokens
	}
	return Sessions
}
