package lesson

// enter: what a login stores, and where.
var enter = Scene{
	Name:    "login",
	Minutes: 10,
	Columns: [2]Column{sessionsInRedis, tokens},
	Steps: []Step{
		{
			Name: "stranger",
			Acts: both(Ask{Who: Alice}),
			Expect: [2][]Expect{
				{answers(401), lookups(0), tellsStore(false)},
				{answers(401), header("WWW-Authenticate", "Bearer")},
			},
			Bet:    refused,
			Answer: "401-401",
			Code:   []Code{{"servers/api/authenticator.go", "type Authenticator interface {"}},
		},
		{
			Name: "enter",
			Acts: both(Login{Alice}),
			Expect: [2][]Expect{
				{answers(200), header("Set-Cookie", ""), says("access_token", ""), holds("authlab:s1:", true)},
				{answers(200), says("token_type", "Bearer")},
			},
			Bet:    cookies,
			Answer: "left",
			Code: []Code{
				{"servers/session/session.go", "func (a *Authenticator) Login("},
				{"servers/token/token.go", "func (a *Authenticator) Login("},
			},
		},
		{
			Name: "ask",
			Acts: both(Ask{Who: Alice}),
			Expect: [2][]Expect{
				{answers(200), says("name", Alice), lookups(1), tellsStore(true)},
				{answers(200), says("name", Alice), lookups(0), tellsStore(false)},
			},
			Bet:    asks,
			Answer: "left",
			Code: []Code{
				{"servers/session/store/redis.go", "func (s *Redis) Touch("},
				{"servers/token/token.go", "func (a *Authenticator) Authenticate("},
			},
			Row: "session-redis",
		},
		{
			Name:   "devices",
			Acts:   both(Ask{Who: Alice, Path: "/v1/sessions"}),
			Expect: each(answers(200)),
			Code: []Code{
				{"servers/session/session.go", "func (a *Authenticator) Devices("},
				{"servers/token/families.go", "func (f *families) begin("},
			},
		},
	},
}
