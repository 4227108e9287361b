package lesson

import (
	"time"

	"authlab/loadtest/demo/stand"
)

// crossSite is what a browser adds to a form that a page of another site sends.
var crossSite = []Header{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://evil.example"}}

// keeping: where the browser keeps a login, against a foreign script and a foreign site.
var keeping = Scene{
	Name:    "keeping",
	Minutes: 12,
	Columns: [2]Column{sessionsInRedis, tokens},
	Steps: []Step{
		{
			Name:   "script",
			Acts:   both(Login{Alice}, Inject{Alice}, Ask{Who: Mallory}),
			Expect: [2][]Expect{{answers(200, 401)}, {answers(200, 200)}},
			Bet:    refused,
			Answer: "401-200",
			Code:   []Code{{"servers/session/store/store.go", "func (st *Store) SetCookie("}},
		},
		{
			Name:   "acts",
			Acts:   both(withOrigin(transfer(Alice), Header{"Sec-Fetch-Site", "same-origin"})),
			Expect: each(answers(200)),
			Bet:    written,
			Answer: "200-200",
			Code:   []Code{{"servers/api/handlers.go", "func (s *Server) transfer("}},
		},
		{
			Name:   "form",
			Acts:   both(fromForm(withOrigin(transfer(Alice), crossSite...))),
			Expect: [2][]Expect{{answers(403)}, {answers(403)}},
			Bet:    written,
			Answer: "403-403",
			Code:   []Code{{"servers/api/middleware.go", "func (s *Server) allowed("}},
		},
		{
			Name:   "old-browser",
			Acts:   both(fromForm(transfer(Alice))),
			Expect: [2][]Expect{{answers(200)}, {answers(401)}},
			Bet:    written,
			Answer: "200-401",
			Code:   []Code{{"servers/api/middleware.go", "func (s *Server) allowed("}},
		},
		cookiePuzzle,
	},
}

// written is a bet on whether a transfer is made, or refused in one of two ways.
var written = pairs([2]int{200, 200}, [2]int{200, 401}, [2]int{403, 200}, [2]int{403, 401}, [2]int{403, 403})

func withOrigin(a Ask, headers ...Header) Ask {
	a.Headers = headers
	return a
}

func fromForm(a Ask) Ask {
	a.Form = true
	return a
}

// grace is how long a replaced credential can still be renewed: a constant of the session store, and a flag of tokend.
const grace = 10 * time.Second

// rotation: a refresh token works once, and a stolen one gives the thief away.
var rotation = Scene{
	Name:    "rotation",
	Minutes: 12,
	Columns: [2]Column{sessionsInRedis, {"token-hs256", stand.Setting{
		Scheme: "token-hs256", Replicas: 2, Flags: []string{"--refresh-grace=" + grace.String()},
	}}},
	Steps: []Step{
		{
			Name:   "renew",
			Acts:   then(both(Login{Alice}, Steal{Alice}), renew(Alice)),
			Expect: each(answers(200, 200)),
			Code:   []Code{{"servers/token/families.go", "func (f *families) advanceUntil("}},
		},
		{
			Name:   "tabs",
			Acts:   renew(Mallory),
			Expect: each(answers(200)),
			Bet:    refused,
			Answer: "200-200",
			Code:   []Code{{"servers/token/families.go", "func (f *families) late("}},
		},
		{
			Name: "late",
			Acts: then(then(both(Login{Alice}, Steal{Alice}), renew(Alice)),
				then(both(Wait{grace + time.Second}), renew(Mallory))),
			Expect: each(answers(200, 200, 401)),
			Bet:    refused,
			Answer: "401-401",
			Code:   []Code{{"servers/token/families.go", "func (f *families) late("}},
		},
		{
			Name:   "owner",
			Acts:   renew(Alice),
			Expect: [2][]Expect{{answers(200)}, {answers(401)}},
			Bet:    refused,
			Answer: "200-401",
			Code:   []Code{{"servers/token/token.go", "func (a *Authenticator) Refresh("}},
		},
		refreshPuzzle,
	},
}
