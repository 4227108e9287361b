package credential

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
)

// house is a server of sessions with one login at a time. Its answers wait until as many renewals have come as there
// are tabs, so that all of them are on their way together.
type house struct {
	tabs int
	lie  string

	mu      sync.Mutex
	here    sync.Cond
	renewed int
	ended   bool
}

func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cookie, _ := r.Cookie("login")
	h.mu.Lock()
	defer h.mu.Unlock()
	switch r.URL.Path {
	case "/v1/login":
		http.SetCookie(w, &http.Cookie{Name: "login", Value: "first", Path: "/"})
		http.SetCookie(w, &http.Cookie{Name: "device", Value: "x", Path: "/v1/login"})
		fmt.Fprint(w, `{"user":{"name":"load-000007"}}`)
	case "/v1/refresh":
		h.renewed++
		h.here.Broadcast()
		for h.lie != "in turn" && h.renewed < h.tabs {
			h.here.Wait()
		}
		if h.lie == "logs the last out" && h.renewed == h.tabs {
			h.renewed++
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "login", Value: "second", Path: "/"})
		fmt.Fprint(w, `{"user":{"name":"load-000007"}}`)
	case "/v1/sessions":
		n := 1
		if h.lie == "two logins" && h.renewed > 0 {
			n = 2
		}
		fmt.Fprintf(w, `{"sessions":[%s]}`, strings.Repeat(`{},`, n-1)+`{}`)
	case "/v1/logout":
		h.ended = true
		w.WriteHeader(http.StatusNoContent)
	case "/v1/me":
		strange := len(r.Cookies()) != 1 || cookie.Value != "second"
		if strange || h.ended && h.lie != "outlives" || h.lie == "refuses" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		if h.lie == "fails" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
}

// TestTabs: what becomes of the tabs is told, and every lie of a server shows.
func TestTabs(t *testing.T) {
	const tabs = 4
	right := experiment.Tabs{Tried: tabs, Together: tabs, In: tabs, Listed: true}
	changed := func(change func(*experiment.Tabs)) experiment.Tabs {
		told := right
		change(&told)
		return told
	}
	for lie, want := range map[string]experiment.Tabs{
		"":                  right,
		"logs the last out": changed(func(o *experiment.Tabs) { o.In, o.Out = tabs-1, 1 }),
		"refuses":           changed(func(o *experiment.Tabs) { o.In, o.Out = 0, tabs }),
		"fails":             changed(func(o *experiment.Tabs) { o.In, o.Failed = 0, tabs }),
		"two logins":        changed(func(o *experiment.Tabs) { o.More = 1 }),
		"outlives":          changed(func(o *experiment.Tabs) { o.Kept = tabs }),
	} {
		h := &house{tabs: tabs, lie: lie}
		h.here.L = &h.mu
		s := httptest.NewServer(h)
		told, err := Tabs(t.Context(), Config{
			Base: s.URL, First: 7, Scheme: plan.Scheme{Carrier: plan.ByCookie, Guarantee: plan.AtOnce},
		}, tabs)
		s.Close()
		if err != nil || told != want {
			t.Errorf("a server that %q: %+v, want %+v: %v", lie, told, want, err)
		}
	}
	told, err := Tabs(t.Context(), Config{Scheme: plan.Scheme{Carrier: plan.ByName}}, tabs)
	if err != nil || told.Tried > 0 {
		t.Errorf("the control has no logins: %+v, %v", told, err)
	}
}

// TestRenewalsInTurnAreNotTogether: a renewal that was answered before the next was sent met no other.
func TestRenewalsInTurnAreNotTogether(t *testing.T) {
	h := &house{tabs: 1, lie: "in turn"}
	h.here.L = &h.mu
	s := httptest.NewServer(h)
	defer s.Close()
	d, err := newDevice(Config{Base: s.URL, Scheme: plan.Scheme{Carrier: plan.ByCookie}}).logIn(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	var all []tab
	for range 3 {
		all = append(all, renewed(t.Context(), d, 1)...)
	}
	if n := together(all); n != 0 {
		t.Errorf("%d of %d renewals were together", n, len(all))
	}
}
