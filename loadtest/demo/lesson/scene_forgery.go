package lesson

// forgery: a token can be read by all and changed by none.
var forgery = Scene{
	Name:    "forgery",
	Minutes: 12,
	Columns: [2]Column{sessionsInRedis, tokens},
	Steps: []Step{
		{
			Name:   "read",
			Acts:   both(Login{Alice}, Steal{Alice}, Ask{Who: Mallory}),
			Expect: each(answers(200, 200), says("name", Alice)),
			Bet:    readable,
			Answer: "right",
			Code:   []Code{{"servers/token/claims.go", "type claims struct {"}},
		},
		forged("letter", OneLetter, Code{"servers/token/verifier.go", "func (v *verifier) authentic("}),
		forged("promoted", Promoted, Code{"servers/token/verifier.go", "func (v *verifier) authentic("}),
		forged("wrong-key", WrongKey, Code{"servers/token/verifier.go", "func (v *verifier) keyOf("}),
		forged("no-key", NoKey, Code{"servers/token/verifier.go", "func (v *verifier) keyOf("}),
		algPuzzle,
	},
}

// forged is a step in which Mallory comes with a changed copy of alice's credential.
func forged(name string, how Forgery, code Code) Step {
	return Step{
		Name: name, Acts: both(Forge{Alice, how}, Ask{Who: Mallory}), Expect: each(answers(401)),
		Bet: refused, Answer: "401-401", Code: []Code{code, {"servers/session/store/redis.go", "func (s *Redis) Touch("}},
	}
}
