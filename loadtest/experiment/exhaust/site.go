package exhaust

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
)

// lane makes the next request of a connection.
type lane = func(last experiment.Reply) [][]byte

// always sends the same request.
func always(request []byte) lane {
	parts := [][]byte{request}
	return func(experiment.Reply) [][]byte { return parts }
}

// site are the servers of one scheme, and those who are logged in there.
type site struct {
	experiment.Floodable
	scheme plan.Scheme
	host   string
	valid  []*holder // one for each connection, whose credentials stay as they are
}

// users is how many load users a site needs: those whose credentials stay, and those who renew theirs or log in again.
func users(connections int) int { return 2 * connections }

// holder is a load user with what the last login or renewal handed out.
type holder struct {
	name, password  string
	cookie          string // name=value; "" without one
	access, refresh string
}

// prepare logs the users in whose requests are valid.
func (s *site) prepare(ctx context.Context, connections int) error {
	at, err := url.Parse(s.Base())
	if err != nil {
		return err
	}
	s.host = at.Host
	s.valid, err = s.logIn(ctx, 0, connections)
	return err
}

// logIn logs load users in, from the one with that number on.
func (s *site) logIn(ctx context.Context, first, n int) ([]*holder, error) {
	client := s.Client()
	defer client.CloseIdleConnections()
	all := make([]*holder, n)
	for i := range all {
		h := &holder{}
		h.name, h.password = s.Account(first + i)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Base()+"/v1/login", strings.NewReader(h.login()))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(r)
		if err != nil {
			return nil, fmt.Errorf("logging in at %s: %w", s.scheme.Name, err)
		}
		body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		answer.Body.Close()
		if err == nil && !h.take(answer.StatusCode, body, answer.Header["Set-Cookie"]) {
			err = fmt.Errorf("a login at %s was answered with status %d", s.scheme.Name, answer.StatusCode)
		}
		if err != nil {
			return nil, err
		}
		all[i] = h
	}
	return all, nil
}

// login is the body of a login.
func (h *holder) login() string {
	return fmt.Sprintf(`{"username":%q,"password":%q}`, h.name, h.password)
}

// take keeps what an answer hands out, and reports whether it hands out anything.
func (h *holder) take(status int, body []byte, cookies []string) bool {
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if status/100 != 2 || json.Unmarshal(body, &tokens) != nil {
		return false
	}
	h.access, h.refresh = tokens.Access, tokens.Refresh
	for _, line := range cookies {
		if c, err := http.ParseSetCookie(line); err == nil && c.Value != "" {
			h.cookie = c.Name + "=" + c.Value
		}
	}
	return h.access != "" || h.cookie != ""
}

// shown is the header line with a holder's credential.
func (h *holder) shown() string {
	if h.access != "" {
		return bearer + h.access
	}
	return "Cookie: " + h.cookie
}

const bearer = "Authorization: Bearer "

// me is a valid request.
func (s *site) me(h *holder) []byte { return s.request("GET /v1/me", "", h.shown()) }

// request is a request as bytes. With a body it is JSON.
func (s *site) request(what, body string, header ...string) []byte {
	var b bytes.Buffer
	b.WriteString(what + " HTTP/1.1\r\nHost: " + s.host + "\r\n")
	for _, line := range header {
		b.WriteString(line + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	} else if strings.HasPrefix(what, "POST") {
		b.WriteString("Content-Length: 0\r\n")
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}

// renewal renews what a holder has.
func (s *site) renewal(h *holder) []byte {
	if h.refresh != "" {
		return s.request(renew, `{"refresh_token":"`+h.refresh+`"}`)
	}
	return s.request(renew, "", h.shown())
}

const renew = "POST /v1/refresh"

// renewing renews a login over and over. With rotation each request presents what the last one handed out, without it
// always the same.
func (s *site) renewing(h *holder, rotates bool) lane {
	now := *h
	same := always(s.renewal(h))
	return func(last experiment.Reply) [][]byte {
		if last.Status == 0 || !rotates {
			return same(last)
		}
		now.take(last.Status, last.Body, last.Header("set-cookie")) // what is refused hands out nothing
		return [][]byte{s.renewal(&now)}
	}
}

// entering logs a user in over and over. With renewal each login presents what the last one handed out, which it then
// ends.
func (s *site) entering(h *holder, presents bool) lane {
	now := *h
	return func(last experiment.Reply) [][]byte {
		if last.Status != 0 {
			now.take(last.Status, last.Body, last.Header("set-cookie"))
		}
		if !presents {
			return [][]byte{s.request(enter, now.login())}
		}
		return [][]byte{s.request(enter, now.login(), now.shown())}
	}
}

const enter = "POST /v1/login"
