package balancer

import (
	"net/http"
	"strings"
)

// cookieName is the cookie of sticky clients, between them and the balancer only.
const cookieName = "AUTHLAB_REPLICA"

// takeCookie removes the balancer's cookie from the headers and returns its value, the first one if there are several.
// The client's other cookies stay as they were written.
func takeCookie(h http.Header) string {
	value, found := "", false
	lines := h["Cookie"]
	for i, line := range lines {
		if !strings.Contains(line, cookieName) {
			continue
		}
		var rest []string
		for part := range strings.SplitSeq(line, ";") {
			name, v, _ := strings.Cut(strings.TrimSpace(part), "=")
			if strings.TrimSpace(name) != cookieName {
				rest = append(rest, strings.TrimSpace(part))
				continue
			}
			if !found {
				value, found = strings.TrimSpace(v), true
			}
		}
		lines[i] = strings.Join(rest, "; ")
	}
	if !found {
		return ""
	}
	kept := lines[:0]
	for _, line := range lines {
		if line != "" {
			kept = append(kept, line)
		}
	}
	if h["Cookie"] = kept; len(kept) == 0 {
		delete(h, "Cookie")
	}
	return value
}

// giveCookie makes the client come back to the named replica. No cache may then store the answer for other clients.
func giveCookie(h http.Header, name string) {
	h.Add("Set-Cookie", cookieName+"="+name+"; path=/; HttpOnly; SameSite=Lax")
	h.Add("Cache-Control", "private")
}
