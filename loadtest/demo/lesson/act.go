package lesson

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"authlab/loadtest/message"
)

// Act is something that a step does in a column. An error ends the scene; what the servers answer is no error.
type Act interface {
	Do(ctx context.Context, p *Place) error
}

// Login lets a person log in with the password.
type Login struct{ Who string }

// Do implements Act.
func (l Login) Do(ctx context.Context, p *Place) error {
	who := p.person(l.Who)
	const path = "/v1/login"
	x, err := p.send(ctx, l.Who, Request{
		Method: http.MethodPost, URL: p.front() + path,
		Headers: append([]Header{{"Content-Type", "application/json"}}, who.headers(path)...),
		Body:    fmt.Sprintf(`{"username":"%s","password":"%s"}`, l.Who, Password),
	})
	if err != nil {
		return err
	}
	who.keep(x.Answer)
	who.Home = x.Replica
	p.note(Deed{Exchange: &x})
	return nil
}

// Ask sends a request with a person's credentials. In Path and Body, {account} is the id of alice's account, and
// {refresh} the person's refresh token.
type Ask struct {
	Who     string
	Method  string // "" is GET
	Path    string // "" is /v1/me
	Body    string
	Headers []Header
	Times   int // 0 is once
	// Direct sends it past the balancer, to the replica with this number; the first is 1.
	Direct int
	// Form says that a page of another site sends it, as a form: the browser adds cookies, and no header of a script's.
	Form bool
}

// Do implements Act.
func (a Ask) Do(ctx context.Context, p *Place) error {
	for range max(1, a.Times) {
		x, err := p.send(ctx, a.Who, a.request(p))
		if err != nil {
			return err
		}
		p.person(a.Who).keep(x.Answer)
		p.note(Deed{Exchange: &x})
	}
	return nil
}

// request is what it sends.
func (a Ask) request(p *Place) Request {
	who := p.person(a.Who)
	fill := strings.NewReplacer("{account}", p.person(Alice).Account, "{refresh}", who.Refresh).Replace
	path := fill(cmp.Or(a.Path, "/v1/me"))
	r := Request{Method: cmp.Or(a.Method, http.MethodGet), Body: fill(a.Body), URL: p.front() + path}
	if a.Direct > 0 {
		r.URL = p.cluster.Direct(a.Direct-1) + path
	}
	if a.Body != "" {
		r.Headers = append(r.Headers, Header{"Content-Type", "application/json"})
	}
	r.Headers = append(r.Headers, a.Headers...)
	for _, h := range who.headers(path) {
		if !a.Form || h.Name == "Cookie" {
			r.Headers = append(r.Headers, h)
		}
	}
	return r
}

// logout ends a person's login, as a page does: with all that it has.
func logout(who string) Act { return Ask{Who: who, Method: http.MethodPost, Path: "/v1/logout"} }

// renew asks for the next credential: sessions by their cookie, tokens by the refresh token.
func renew(who string) [2][]Act {
	left := Ask{Who: who, Method: http.MethodPost, Path: "/v1/refresh"}
	right := left
	right.Body = `{"refresh_token":"{refresh}"}`
	return [2][]Act{{left}, {right}}
}

// transfer sends a person's money to Mallory's account, which bob lends her.
func transfer(who string) Ask {
	return Ask{Who: who, Method: http.MethodPost, Path: "/v1/transfers", Body: `{"to":"bob","amount":1}`}
}

// setRole lets the admin say what alice may do.
func setRole(role string) Act {
	return Ask{
		Who: Admin, Method: http.MethodPut, Path: "/v1/admin/users/{account}/role",
		Body: fmt.Sprintf(`{"role":"%s"}`, role),
	}
}

// then appends more acts to those of each side.
func then(acts [2][]Act, more [2][]Act) (all [2][]Act) {
	for _, side := range Sides {
		all[side] = append(append(all[side], acts[side]...), more[side]...)
	}
	return all
}

// Steal gives Mallory a copy of all that a person's browser keeps.
type Steal struct{ From string }

// Do implements Act.
func (s Steal) Do(_ context.Context, p *Place) error {
	p.people[Mallory] = p.person(s.From).copy()
	p.say(message.New("demo.deed.stolen"))
	return nil
}

// Inject is a script of Mallory's in the page that alice looks at. It sends Mallory what it can read there, which by
// the rules of browsers is all but the cookies with HttpOnly.
type Inject struct{ Into string }

// Do implements Act.
func (i Inject) Do(_ context.Context, p *Place) error {
	taken := p.person(i.Into).copy()
	taken.Cookies = slices.DeleteFunc(taken.Cookies, func(c *http.Cookie) bool { return c.HttpOnly })
	p.people[Mallory] = taken
	var read []string
	for _, k := range taken.kept() {
		read = append(read, k.What)
	}
	if len(read) == 0 {
		p.say(message.New("demo.deed.read-nothing"))
	} else {
		p.say(message.New("demo.deed.read", "what", read))
	}
	return nil
}

// Wait lets time pass, which changes what the servers answer.
type Wait struct{ For time.Duration }

// Do implements Act.
func (w Wait) Do(ctx context.Context, p *Place) error {
	p.say(message.New("demo.deed.waiting", "seconds", w.For.Seconds()))
	if p.waits != nil {
		p.waits(time.Now().Add(w.For))
	}
	select {
	case <-time.After(w.For):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
