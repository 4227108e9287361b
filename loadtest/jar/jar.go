// Package jar is what a client keeps of what servers gave it, as a browser or an app does. It takes answers, and gives
// the headers and the body that later requests carry. It sends nothing, and knows no scheme.
package jar

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Jar is cookies with the paths that they are for, or a pair of tokens. A copy of one may be changed like any value,
// but shares its cookies: see Clone.
type Jar struct {
	Cookies         []*http.Cookie
	Access, Refresh string
}

// Show adds to a request what the client would send with it. A cookie's value is sent as it is, also where it is not a
// value that a server could have set. A renewal does not show the access token: its body has what it needs.
func (j Jar) Show(r *http.Request) {
	var pairs []string
	for _, c := range j.Cookies {
		if PathMatches(r.URL.Path, c.Path) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	if len(pairs) > 0 {
		r.Header.Set("Cookie", strings.Join(pairs, "; "))
	}
	if j.Access != "" && r.URL.Path != "/v1/refresh" {
		r.Header.Set("Authorization", "Bearer "+j.Access)
	}
}

// Renewal is the body of a renewal, and of a logout that also ends the refresh token: "" where the cookies say all.
func (j Jar) Renewal() string {
	if j.Refresh == "" {
		return ""
	}
	body, _ := json.Marshal(map[string]string{"refresh_token": j.Refresh}) // texts always have JSON
	return string(body)
}

// With is the jar after an answer with that status, which may give and take. The jar itself stays as it is.
func (j Jar) With(status int, header http.Header, body []byte) Jar {
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if status/100 == 2 && json.Unmarshal(body, &tokens) == nil && tokens.Access != "" {
		j.Access, j.Refresh = tokens.Access, tokens.Refresh
	}
	for _, c := range (&http.Response{Header: header}).Cookies() {
		j.Cookies = slices.DeleteFunc(slices.Clone(j.Cookies), func(old *http.Cookie) bool {
			return old.Name == c.Name && old.Path == c.Path
		})
		if c.MaxAge >= 0 {
			j.Cookies = append(j.Cookies, c)
		}
	}
	return j
}

// Clone shares no list of cookies with the jar.
func (j Jar) Clone() Jar {
	j.Cookies = slices.Clone(j.Cookies)
	return j
}

// PathMatches reports whether a cookie with the Path of goes with a request (RFC 6265, section 5.1.4). All logins are
// in the same folder as the calls that need them, so a cookie without a Path goes with each.
func PathMatches(path, of string) bool {
	return !strings.HasPrefix(of, "/") || path == of || strings.HasPrefix(path, strings.TrimSuffix(of, "/")+"/")
}
