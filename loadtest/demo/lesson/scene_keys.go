package lesson

// keys: the key that signs tokens is replaced, while alice is logged in.
var keys = Scene{
	Name:    "keys",
	Minutes: 6,
	Columns: [2]Column{sessionsInRedis, tokens},
	Steps: []Step{
		{
			Name:   "overlap",
			Acts:   both(Login{Alice}, Rotate{Keep: true}, Ask{Who: Alice}),
			Expect: each(answers(200, 200), says("name", Alice)),
			Bet:    refused,
			Answer: "200-200",
			Code:   []Code{{"servers/token/verifier.go", "func (v *verifier) keyOf("}},
		},
		{
			Name:   "retired",
			Acts:   both(Rotate{}, Ask{Who: Alice}),
			Expect: [2][]Expect{{answers(200)}, {answers(401)}},
			Bet:    refused,
			Answer: "200-401",
			Code:   []Code{{"servers/token/verifier.go", "func (v *verifier) keyOf("}},
		},
		{
			Name:   "anew",
			Acts:   both(Login{Alice}, Ask{Who: Alice}),
			Expect: each(answers(200, 200)),
			Code:   []Code{{"servers/token/verifier.go", "func (v *verifier) sign("}},
		},
	},
}
