package lesson

import (
	"time"

	"authlab/loadtest/demo/stand"
)

// storeStops: 503 on one side, 200 on the other.
var storeStops = Scene{
	Name:    "store-stops",
	Minutes: 5,
	Columns: [2]Column{sessionsInRedis, tokens},
	Steps: []Step{
		{
			Name:   "stop",
			Acts:   both(Login{Alice}, StopStore{}, Ask{Who: Alice}),
			Expect: [2][]Expect{{answers(200, 503), header("Retry-After", "")}, {answers(200, 200)}},
			Bet:    pairs([2]int{200, 200}, [2]int{401, 200}, [2]int{503, 200}, [2]int{503, 503}),
			Answer: "503-200",
			Code:   []Code{{"servers/session/session.go", "func failure(err error) error {"}},
		},
		{
			Name: "back",
			Acts: both(ResumeStore{}, Ask{Who: Alice}),
			Expect: [2][]Expect{
				{answers(200), says("name", Alice), lookups(1)}, {answers(200), says("name", Alice), lookups(0)},
			},
			Bet:    pairs([2]int{200, 200}, [2]int{401, 200}, [2]int{503, 200}),
			Answer: "200-200",
			Code:   []Code{{"servers/redis/redis.go", "func (c *Client) Read("}},
		},
	},
}

// nearWithin is how long a replica may miss a change; after so long without a word from Redis it asks for everything.
const nearWithin = 3 * time.Second

// near: replicas that remember sessions, until Redis says that they changed.
var near = Scene{
	Name:    "near",
	Minutes: 8,
	Columns: [2]Column{
		{"session-near", stand.Setting{
			Scheme: "session-near+50ms", Replicas: 2,
			Flags: []string{"--redis-timeout=2s", "--near-within=" + nearWithin.String()},
		}},
		{"token-push", stand.Setting{Scheme: "token-push+50ms", Replicas: 2, Flags: []string{"--redis-timeout=2s"}}},
	},
	Steps: []Step{
		{
			Name:   "first",
			Acts:   both(Login{Alice}, Ask{Who: Alice, Times: 2}),
			Expect: each(answers(200, 200, 200)),
			Code:   []Code{{"servers/session/store/near.go", "func (n *Near) look("}},
		},
		{
			Name:   "again",
			Acts:   both(Ask{Who: Alice, Times: 4}),
			Expect: each(answers(200, 200, 200, 200), lookups(0), tellsStore(false)),
			Bet:    looksUp,
			Answer: "neither",
			Code:   []Code{{"servers/session/store/near.go", "func (n *Near) Touch("}},
			Row:    "session-near",
		},
		{
			Name: "ended",
			Acts: both(
				Login{Alice}, Steal{Alice}, Ask{Who: Mallory, Direct: 2},
				Ask{Who: Alice, Method: "POST", Path: "/v1/logout", Direct: 1},
				Count{Who: Mallory, Every: time.Millisecond, Limit: unhurried, Direct: 2},
			),
			Expect: each(worked(nearWithin + rounding)),
			Bet:    lasts,
			Answer: "neither",
			Code: []Code{
				{"servers/session/store/near.go", "func (n *Near) listen("},
				{"servers/token/push.go", "func (p *pushed) role("},
			},
			Row: "session-near",
		},
	},
}
