package credential

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
)

// TestOvertake: servers that read a body before they ask who sent it refuse what a logout has overtaken, and every lie
// shows.
func TestOvertake(t *testing.T) {
	right := experiment.Overtaken{Tried: 2, Begun: 2, Refused: 2}
	admitted := experiment.Overtaken{Tried: 2, Begun: 2, Refused: 1, Admitted: 1}
	atOnce := plan.Scheme{Carrier: plan.ByCookie, Guarantee: plan.AtOnce}
	token := plan.Scheme{Carrier: plan.ByBearer, Guarantee: plan.AtExpiry}
	for _, c := range []struct {
		name   string
		scheme plan.Scheme
		lie    string // what a user who has logged out may do
		want   experiment.Overtaken
	}{
		{"a session", atOnce, "", right},
		{"a session that sends money", atOnce, "/v1/transfers", admitted},
		{"a session that is renewed", atOnce, "/v1/refresh", admitted},
		{"a session that lives", atOnce, "/v1/me", experiment.Overtaken{Tried: 2, Begun: 2, Refused: 2, Revived: 2}},
		{"a server that fails", atOnce, "fail", experiment.Overtaken{Tried: 2, Begun: 2, Failed: 2}},
		{"a server that does not read", atOnce, "hasty", experiment.Overtaken{Tried: 2, Refused: 2}},
		{"a token", token, "/v1/transfers", experiment.Overtaken{Tried: 2, Begun: 2, Refused: 1}},
		{"a token that is renewed", token, "/v1/refresh", experiment.Overtaken{
			Tried: 2, Begun: 2, Refused: 1, Admitted: 1, Revived: 2,
		}},
	} {
		var ended atomic.Bool
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			late := r.Header.Get("Expect") != ""
			if late && c.lie == "hasty" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			io.ReadAll(r.Body)
			switch {
			case r.URL.Path == "/v1/login":
				ended.Store(false)
				http.SetCookie(w, &http.Cookie{Name: "login", Value: "one", Path: "/"})
				fmt.Fprint(w, `{"access_token":"a","refresh_token":"r"}`)
			case r.URL.Path == "/v1/logout":
				ended.Store(true)
				w.WriteHeader(http.StatusNoContent)
			case late && c.lie == "fail":
				w.WriteHeader(http.StatusInternalServerError)
			case ended.Load() && r.URL.Path != c.lie:
				w.WriteHeader(http.StatusUnauthorized)
			}
		}))
		told, err := Overtake(t.Context(), Config{Base: s.URL, Scheme: c.scheme})
		s.Close()
		if err != nil || told != c.want {
			t.Errorf("%s: %+v, want %+v: %v", c.name, told, c.want, err)
		}
	}
}
