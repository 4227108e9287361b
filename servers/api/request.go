package api

import (
	"net/http"
	"strings"
)

// CookieChallenge is the WWW-Authenticate of schemes with cookies. No scheme is registered for cookies, so it only says
// where to log in.
const CookieChallenge = `Cookie realm="authlab", form-action="/v1/login"`

// HasBearer reports whether r carries a bearer token, valid or not: together with a cookie, that is one credential too
// many.
func HasBearer(r *http.Request) bool {
	for _, value := range r.Header["Authorization"] {
		if words := strings.Fields(value); len(words) > 0 && strings.EqualFold(words[0], "Bearer") {
			return true
		}
	}
	return false
}

// agentBytes is how much of a client's User-Agent is kept.
const agentBytes = 200

// Agent returns the User-Agent of r's client: at most 200 bytes of valid text, in memory of its own, and without NUL,
// which no database takes.
func Agent(r *http.Request) string {
	s := r.UserAgent()
	s = strings.ToValidUTF8(s[:min(len(s), agentBytes)], "")
	return strings.Clone(strings.ReplaceAll(s, "\x00", ""))
}
