package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"authlab/servers/api"
	"authlab/servers/control"
	"authlab/servers/user"
)

// A proxy in front of a server decides by the path as it was sent, so each path must have one spelling.
func TestAPathHasOneSpelling(t *testing.T) {
	accounts, err := user.Open(t.Context(), user.Config{DemoUsers: true, HashMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	alice, _ := accounts.ByName(t.Context(), "alice")
	h := open(t, nil, func(c *api.Config) { c.Accounts = accounts }).Handler()
	role := "/v1/admin/users/" + alice.ID + "/role"
	for _, c := range []struct {
		line   string
		status int
	}{
		{"GET /v1/me", 200},
		{"GET /v1/me?a=%2f..", 200},
		{"GET http://elsewhere/v1/me", 200},
		{"GET /v1%2fme", 404},
		{"GET /v1%2Fme", 404},
		{"GET /%76%31/me", 404},
		{"GET /v1/m%65", 404},
		{"GET http://elsewhere/v1/m%65", 404},
		{"GET //v1/me", 404},
		{"GET /v1//me", 404},
		{"GET /v1/me/", 404},
		{"GET /v1/./me", 404},
		{"GET /v1/x/../me", 404},
		{"GET /v1/x/%2e%2e/me", 404},
		{"GET /v1/x%2f..%2fme", 404},
		{"GET /v1/me%00", 404},
		{"GET /v1/me%23", 404},
		{"GET /v1/me;a=b", 404},
		{"GET /v1\\me", 404},
		{"GET /V1/me", 404},
		{"POST /v1%2fme", 404},
		{"POST /v1/me", 405},
		{"PUT " + role, 204},
		{"PUT " + strings.Replace(role, "/admin/", "/%61dmin/", 1), 404},
		{"PUT " + strings.Replace(role, "/role", "%2Frole", 1), 404},
		{"PUT " + strings.Replace(role, alice.ID, escaped(alice.ID), 1), 404},
		{"PUT " + strings.Replace(role, alice.ID, alice.ID+"%2F", 1), 404},
		{"PUT " + strings.Replace(role, alice.ID, "..", 1), 404},
		{"PUT " + strings.Replace(role, alice.ID, "%2e%2e", 1), 404},
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(c.line + " HTTP/1.1\r\nHost: localhost\r\n\r\n")))
		if err != nil {
			t.Fatal(c.line, err)
		}
		r.Header.Set(control.Header, "1;root;admin")
		r.Header.Set("Content-Type", "application/json")
		r.Body = io.NopCloser(strings.NewReader(`{"role":"user"}`))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.line, w.Code, w.Body, c.status)
		}
		var p api.Problem
		if w.Code >= 400 && (json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Status != w.Code ||
			w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("X-Replica") != "test-0") {
			t.Errorf("%s: no problem but %v %s", c.line, w.Header(), w.Body)
		}
		if c.status == 404 && p.Detail != "there is nothing at this path" {
			t.Errorf("%s: got as far as %q", c.line, p.Detail)
		}
	}
}

// escaped writes the first byte as an unnecessary escape.
func escaped(id string) string { return fmt.Sprintf("%%%02X%s", id[0], id[1:]) }
