package lesson

import "authlab/loadtest/demo/stand"

// memory: a second replica does not know what the first one remembers.
var memory = Scene{
	Name:    "second-replica",
	Minutes: 4,
	Columns: [2]Column{
		{"session-memory", stand.Setting{Scheme: "session-memory", Replicas: 2}}, tokens,
	},
	Steps: []Step{
		{
			Name:   "four",
			Acts:   both(Login{Alice}, Ask{Who: Alice, Times: 4}),
			Expect: [2][]Expect{{onlyAtHome, tellsStore(false)}, {everywhere, tellsStore(false)}},
			Bet:    allWork,
			Answer: "right",
			Code:   []Code{{"servers/session/store/memory.go", "type Memory struct {"}},
			Row:    "session-memory",
		},
	},
}

// sticky: the balancer sends each user to one replica, until that dies.
var sticky = Scene{
	Name:    "sticky",
	Minutes: 6,
	Columns: [2]Column{
		{"session-sticky", stand.Setting{Scheme: "session-sticky", Replicas: 2}}, tokens,
	},
	Steps: []Step{
		{
			Name:   "four",
			Acts:   both(Login{Alice}, Ask{Who: Alice, Times: 4}),
			Expect: [2][]Expect{{atHome}, {everywhere}},
			Bet:    allWork,
			Answer: "both",
			Code:   []Code{{"servers/balancer/cookie.go", "func giveCookie("}},
			Row:    "session-sticky",
		},
		{
			Name:   "dies",
			Acts:   both(KillHome{Alice}, Ask{Who: Alice, Times: 3}),
			Expect: [2][]Expect{{survived(401)}, {survived(200)}},
			Bet:    refused,
			Answer: "401-200",
			Code:   []Code{{"servers/balancer/backend.go", "func (r *rotation) pick("}},
		},
	},
}

// redis: sessions that all replicas share, and tokens that need no sharing.
var redis = Scene{
	Name:    "redis",
	Minutes: 6,
	Columns: [2]Column{sessionsInRedis, tokens},
	Steps: []Step{
		{
			Name:   "four",
			Acts:   both(Login{Alice}, Ask{Who: Alice, Times: 4}),
			Expect: [2][]Expect{{everywhere, holds("authlab:s1:", true), lookups(5)}, {everywhere, lookups(0)}},
			Bet:    allWork,
			Answer: "both",
			Code: []Code{
				{"servers/session/store/redis.go", "func (s *Redis) Create("},
				{"servers/token/verifier.go", "func (v *verifier) authentic("},
			},
			Row: "session-redis",
		},
		{
			Name:   "dies",
			Acts:   both(KillHome{Alice}, Ask{Who: Alice, Times: 3}),
			Expect: each(survived(200)),
			Bet:    refused,
			Answer: "200-200",
			Code:   []Code{{"servers/balancer/backend.go", "func (r *rotation) pick("}},
		},
	},
}
