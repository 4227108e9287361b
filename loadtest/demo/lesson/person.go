package lesson

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Person is a user with a browser, or a thief with a copy of what was in one.
type Person struct {
	Cookies []*http.Cookie
	Access  string // the access token, in a variable of the page
	Refresh string // the refresh token
	Account string // the id of the account; "" before a login
	// Home is the index of the replica that answered the login; -1 before one.
	Home int
}

// sessionCookie is the cookie of sessiond on plain HTTP.
const sessionCookie = "authlab_session"

// headers are those that carry the person's credentials in a request for path.
func (p *Person) headers(path string) (all []Header) {
	var pairs []string
	for _, c := range p.Cookies {
		if strings.HasPrefix(path, c.Path) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	if len(pairs) > 0 {
		all = append(all, Header{"Cookie", strings.Join(pairs, "; ")})
	}
	if p.Access != "" {
		all = append(all, Header{"Authorization", "Bearer " + p.Access})
	}
	return all
}

// keep takes from an answer what a browser, and the page in it, would keep.
func (p *Person) keep(a Answer) {
	for _, h := range a.Headers {
		if !strings.EqualFold(h.Name, "Set-Cookie") {
			continue
		}
		c, err := http.ParseSetCookie(h.Value)
		if err != nil {
			continue
		}
		p.Cookies = slices.DeleteFunc(p.Cookies, func(old *http.Cookie) bool { return old.Name == c.Name })
		if c.MaxAge >= 0 && c.Value != "" {
			p.Cookies = append(p.Cookies, c)
		}
	}
	var grant struct {
		User    struct{ ID string }
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.Unmarshal([]byte(a.Body), &grant) != nil {
		return
	}
	if grant.Access != "" {
		p.Access, p.Refresh = grant.Access, grant.Refresh
	}
	if grant.User.ID != "" {
		p.Account = grant.User.ID
	}
}

// copy is what a thief takes: everything.
func (p *Person) copy() *Person {
	stolen := *p
	stolen.Cookies = nil
	for _, c := range p.Cookies {
		taken := *c
		stolen.Cookies = append(stolen.Cookies, &taken)
	}
	return &stolen
}

// session is the session cookie; nil without one.
func (p *Person) session() *http.Cookie {
	for _, c := range p.Cookies {
		if c.Name == sessionCookie {
			return c
		}
	}
	return nil
}

// Kept is a credential, and where it lives in the browser.
type Kept struct {
	What   string `json:"what"`   // the cookie's name, or access_token and refresh_token
	Where  string `json:"where"`  // cookie, or variable
	Value  string `json:"value"`  //
	Script bool   `json:"script"` // whether a script of the page can read it
	Flags  string `json:"flags"`  // of the cookie
}

// kept lists what the person's browser keeps.
func (p *Person) kept() (all []Kept) {
	for _, c := range p.Cookies {
		flags := "Path=" + c.Path
		if c.HttpOnly {
			flags += "; HttpOnly"
		}
		if c.Secure {
			flags += "; Secure"
		}
		switch c.SameSite {
		case http.SameSiteLaxMode:
			flags += "; SameSite=Lax"
		case http.SameSiteStrictMode:
			flags += "; SameSite=Strict"
		}
		all = append(all, Kept{What: c.Name, Where: "cookie", Value: c.Value, Script: !c.HttpOnly, Flags: flags})
	}
	if p.Access != "" {
		all = append(all, Kept{What: "access_token", Where: "variable", Value: p.Access, Script: true})
	}
	if p.Refresh != "" {
		all = append(all, Kept{What: "refresh_token", Where: "variable", Value: p.Refresh, Script: true})
	}
	return all
}
