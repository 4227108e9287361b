package lesson

import (
	"net/http"
	"time"

	"authlab/loadtest/demo/stand"
)

// shortTokens are tokens that a class can see expire. Their life is far shorter than in practice, and the scene says
// so.
var shortTokens = Column{"token-short", stand.Setting{
	Scheme: "token-hs256", Replicas: 2,
	Flags: []string{"--access-ttl=" + shortLife.String(), "--leeway=" + shortLeeway.String()},
}}

const (
	shortLife   = 10 * time.Second
	shortLeeway = 2 * time.Second
	// unhurried is how much longer than the servers promise a step waits on a busy machine before it gives up.
	unhurried = 20 * time.Second
	// rounding is by how much a token may outlive its life: its dates are whole seconds.
	rounding = time.Second
)

// leave: what a logout ends, and what a thief can still do.
var leave = Scene{
	Name:    "logout",
	Minutes: 10,
	Columns: [2]Column{sessionsInRedis, shortTokens},
	Steps: []Step{
		{
			Name:   "steal",
			Acts:   both(Login{Alice}, Steal{Alice}, Ask{Who: Mallory}),
			Expect: each(answers(200, 200), says("name", Alice)),
			Bet:    refused,
			Answer: "200-200",
			Code:   []Code{{"servers/api/authenticator.go", "type Authenticator interface {"}},
		},
		{
			Name: "replay",
			Acts: both(
				Login{Alice}, Steal{Alice}, logout(Alice),
				Count{Who: Mallory, Every: 200 * time.Millisecond, Limit: shortLife + shortLeeway + unhurried},
			),
			Expect: [2][]Expect{
				{answers(200, 204, 401), worked(0)},
				{answers(200, 204, 200, 401), worked(shortLife + shortLeeway + rounding)},
			},
			Bet:    outlives,
			Answer: "right",
			Code: []Code{
				{"servers/session/session.go", "func (a *Authenticator) Logout("},
				{"servers/token/token.go", "func (a *Authenticator) EffectiveWithin("},
			},
			Row: "token-hs256",
		},
		{
			Name:   "renew",
			Acts:   renew(Mallory),
			Expect: each(answers(401)),
			Bet:    refused,
			Answer: "401-401",
			Code:   []Code{{"servers/token/families.go", "func (f *families) advanceUntil("}},
		},
		logoutPuzzle,
	},
}

// listed are tokens whose endings are on a list in Redis, which every request asks.
var listed = Column{"token-denylist", stand.Setting{Scheme: "token-denylist", Replicas: 2}}

// pushed are tokens whose endings every replica hears of.
var pushed = Column{"token-push", stand.Setting{Scheme: "token-push", Replicas: 2}}

// revocation: two ways to end a token sooner, and what they cost.
var revocation = Scene{
	Name:    "revocation",
	Minutes: 8,
	Columns: [2]Column{listed, pushed},
	Steps: []Step{
		{
			Name:   "enter",
			Acts:   both(Login{Alice}),
			Expect: each(answers(200)),
			Code:   []Code{{"servers/token/revocations.go", "type revocations interface {"}},
		},
		{
			Name:   "cost",
			Acts:   both(Ask{Who: Alice}),
			Expect: [2][]Expect{{answers(200), lookups(2)}, {answers(200), lookups(0)}},
			Bet:    looksUp,
			Answer: "left",
			Code: []Code{
				{"servers/token/denylist.go", "func (d *denylist) role("},
				{"servers/token/push.go", "func (p *pushed) role("},
			},
			Row: "token-denylist",
		},
		{
			Name: "logout",
			Acts: both(
				Login{Alice}, Steal{Alice}, logout(Alice), Count{Who: Mallory, Every: 20 * time.Millisecond, Limit: unhurried},
			),
			Expect: each(header("WWW-Authenticate", "Bearer")),
			Bet:    lasts,
			Answer: "neither",
			Code:   []Code{{"servers/token/follow.go", "func (p *pushed) read("}},
			Row:    "token-push",
		},
		{
			Name: "list-stops",
			Acts: both(
				Login{Alice}, StopStore{}, Wait{3 * time.Second}, Ask{Who: Alice},
			),
			Expect: each(answers(200, http.StatusServiceUnavailable)),
			Bet:    pairs([2]int{200, 200}, [2]int{503, 200}, [2]int{401, 401}, [2]int{503, 503}),
			Answer: "503-503",
			Code:   []Code{{"servers/token/push.go", "func (p *pushed) role("}},
		},
	},
}
