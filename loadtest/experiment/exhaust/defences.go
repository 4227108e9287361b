package exhaust

import (
	"context"
	"slices"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// Defence is something that these servers do against attacks, and that a request can be sent with and without.
type Defence struct {
	Name  string
	Title message.Message
	Only  experiment.Way // a way that has it; "" is both
	// With and Without are what the two requests are.
	With, Without message.Message
	Requirement   int // as the contract of the servers numbers it

	// scheme is the scheme that has it, where it is a scheme of its own, and plain the one without it.
	scheme, plain string
	// sides prepares both.
	sides func(ctx context.Context, m *measuring) (without, with half, err error)
}

// half is a side of a defence: where its requests go, and how those of a connection are made.
type half struct {
	at   *site
	lane func(conn int) lane
}

// on reports whether a scheme of the plan has the defence, and the plan what it is compared with.
func (d Defence) on(p *plan.Plan, s plan.Scheme) bool {
	if d.scheme == "" {
		return d.Only == "" || d.Only == experiment.WayOf(s)
	}
	return d.scheme == s.Name &&
		slices.ContainsFunc(p.LoginSchemes(), func(s plan.Scheme) bool { return s.Name == d.plain })
}

// Defences are all defences, in the order of the report.
var Defences = []Defence{
	{
		Name: "rotation", Title: message.New("exhaust.defence.rotation"), Requirement: 12,
		With: message.New("exhaust.with.rotation"), Without: message.New("exhaust.without.rotation"),
		sides: func(ctx context.Context, m *measuring) (without, with half, err error) {
			return m.halves(ctx, m.renewing)
		},
	},
	{
		Name: "new-at-login", Title: message.New("exhaust.defence.new-at-login"), Only: experiment.Sessions, Requirement: 2,
		With: message.New("exhaust.with.new-at-login"), Without: message.New("exhaust.without.new-at-login"),
		sides: func(ctx context.Context, m *measuring) (without, with half, err error) {
			return m.halves(ctx, m.entering)
		},
	},
	{
		Name: "denylist", Title: message.New("exhaust.defence.denylist"), Only: experiment.Tokens, Requirement: 4,
		With: message.New("exhaust.with.denylist"), Without: message.New("exhaust.without.denylist"),
		scheme: "token-denylist", plain: "token-hs256",
		sides: func(_ context.Context, m *measuring) (without, with half, err error) {
			of := func(s *site) half {
				return half{s, func(i int) lane { return always(s.me(s.valid[i])) }}
			}
			return of(m.sites["token-hs256"]), of(m.site), nil
		},
	},
}

// halves are the two sides of a defence that every login has: with fresh logins, because what an earlier one handed out
// may have been replaced.
func (m *measuring) halves(
	ctx context.Context, of func(h *holder, defended bool) lane,
) (without, with half, err error) {
	holders, err := m.logIn(ctx, m.part.Connections, m.part.Connections)
	if err != nil {
		return without, with, err
	}
	again, err := m.logIn(ctx, m.part.Connections, m.part.Connections)
	return half{m.site, func(i int) lane { return of(holders[i], false) }},
		half{m.site, func(i int) lane { return of(again[i], true) }}, err
}

// defenceOf returns the defence with that name.
func defenceOf(name string) (Defence, bool) {
	i := slices.IndexFunc(Defences, func(d Defence) bool { return d.Name == name })
	if i < 0 {
		return Defence{}, false
	}
	return Defences[i], true
}
