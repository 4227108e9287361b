package lesson

import "authlab/loadtest/message"

// Finding is a line of the card that ends the lesson: what a service needs, what then to choose, in which step the
// class saw it, what was measured, and the code.
type Finding struct {
	Name  string // in the keys of its words: demo.card.NAME
	Scene string
	Step  int // its index
	// Claim is where the committed report says what was measured: the id of a row of its claims.
	Claim string
	Code  Code
}

// Card are the findings, in the order in which a service asks for them.
var Card = []Finding{
	{"at-once", "logout", 1, "belief-revoke", Code{"servers/session/session.go", "func (a *Authenticator) Logout("}},
	{"soon", "logout", 1, "belief-short", Code{"servers/token/token.go", "func (a *Authenticator) EffectiveWithin("}},
	{"no-store", "store-stops", 0, "belief-lookup", Code{"servers/session/session.go", "func failure(err error) error {"}},
	{"growth", "redis", 0, "belief-scale", Code{"servers/session/store/redis.go", "func (s *Redis) Touch("}},
	{"cached", "near", 1, "belief-stale", Code{"servers/session/store/near.go", "func (n *Near) Touch("}},
	{"one", "sticky", 1, "belief-sticky", Code{"servers/session/store/memory.go", "type Memory struct {"}},
	{"roles", "demotion", 1, "belief-hybrid", Code{"servers/user/actor.go", "func (a *Accounts) May("}},
	{"cost", "login", 2, "belief-faster", Code{"servers/token/token.go", "func (a *Authenticator) Authenticate("}},
}

// Need is what a service asks for.
func (f Finding) Need() message.Message { return message.New("demo.card." + f.Name + ".need") }

// Take is what then to choose.
func (f Finding) Take() message.Message { return message.New("demo.card." + f.Name + ".take") }
