package lesson

// demotion: alice is no admin any more, and her token still says that she is.
var demotion = Scene{
	Name:    "demotion",
	Minutes: 10,
	Columns: [2]Column{sessionsInRedis, tokens},
	Steps: []Step{
		{
			Name:   "admin",
			Acts:   both(Login{Admin}, Login{Alice}, setRole("admin"), Login{Alice}, Ask{Who: Alice}),
			Expect: each(answers(200, 200, 204, 200, 200), says("role", "admin")),
			Code:   []Code{{"servers/api/handlers.go", "func (s *Server) role("}},
		},
		{
			Name:   "demoted",
			Acts:   both(setRole("user"), Ask{Who: Alice}),
			Expect: [2][]Expect{{answers(204, 200), says("role", "user")}, {answers(204, 200), says("role", "admin")}},
			Bet:    saysAdmin,
			Answer: "right",
			Code: []Code{
				{"servers/session/session.go", "func (a *Authenticator) SetRole("},
				{"servers/token/claims.go", "type claims struct {"},
			},
		},
		{
			Name:   "act",
			Acts:   both(Ask{Who: Alice, Path: "/v1/admin/users"}),
			Expect: each(answers(403)),
			Bet:    pairs([2]int{200, 200}, [2]int{200, 403}, [2]int{403, 200}, [2]int{403, 403}),
			Answer: "403-403",
			Code:   []Code{{"servers/user/actor.go", "func (a *Accounts) May("}},
		},
		{
			Name:   "renewed",
			Acts:   then(renew(Alice), both(Ask{Who: Alice})),
			Expect: each(answers(200, 200), says("role", "user")),
			Bet:    saysAdmin,
			Answer: "neither",
			Code:   []Code{{"servers/token/token.go", "func (a *Authenticator) Refresh("}},
		},
		rolePuzzle,
	},
}
