package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// serve starts the API with a library and returns its URL.
func serve(t *testing.T, library string) string {
	t.Helper()
	server := storetest.Redis(t, "")
	folder := t.TempDir()
	key, password := filepath.Join(folder, "key"), filepath.Join(folder, "password")
	for path, text := range map[string]string{
		key:      hex.EncodeToString(bytes.Repeat([]byte{7}, 32)),
		password: server.Password,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, flags := &scheme{}, pflag.NewFlagSet(library, pflag.ContinueOnError)
	s.Flags(flags)
	if err := flags.Parse([]string{
		"--library=" + library, "--redis=redis://" + server.Addr, "--redis-password-file=" + password, "--key-file=" + key,
	}); err != nil {
		t.Fatal(err)
	}
	accounts, err := user.Open(t.Context(), user.Config{DemoUsers: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { accounts.Close() })
	c := api.NewConfig("peerd", "127.0.0.1:0")
	c.Accounts, c.DemoUsers, c.Ballast, c.Linger = accounts, true, 0, 0
	peer, err := api.New(t.Context(), c, s)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- peer.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		<-done
		peer.Close()
	})
	return "http://" + l.Addr().String()
}

// ask sends a request with a credential, if any, and returns the status, the answer's body, and the credential it hands
// out.
func ask(t *testing.T, method, url, body string, credential http.Header) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range credential {
		r.Header[name] = values
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var text bytes.Buffer
	text.ReadFrom(response.Body)
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	json.Unmarshal(text.Bytes(), &grant)
	handed := http.Header{}
	if grant.AccessToken != "" {
		handed.Set("Authorization", "Bearer "+grant.AccessToken)
	}
	for _, c := range response.Cookies() {
		handed.Add("Cookie", c.Name+"="+c.Value)
	}
	return response.StatusCode, text.String(), handed
}

// TestPeers checks that every peer knows who asks, refuses requests without a user, and ends a session.
func TestPeers(t *testing.T) {
	for library := range peers {
		t.Run(library, func(t *testing.T) {
			base := serve(t, library)
			status, body, credential := ask(t, "POST", base+"/v1/login",
				`{"username":"alice","password":"correct horse battery staple"}`, nil)
			if status != http.StatusOK || len(credential) == 0 {
				t.Fatalf("login: %d %s %v", status, body, credential)
			}
			if status, body, _ := ask(t, "GET", base+"/v1/me", "", credential); status != http.StatusOK ||
				!strings.Contains(body, `"alice"`) {
				t.Errorf("alice: %d %s", status, body)
			}
			if status, _, _ := ask(t, "GET", base+"/v1/me", "", nil); status != http.StatusUnauthorized {
				t.Errorf("no user: %d", status)
			}
			forged := http.Header{}
			for name, values := range credential {
				last := len(values[0]) - 2
				other := "AA"
				if values[0][last:] == other {
					other = "BB"
				}
				forged[name] = []string{values[0][:last] + other}
			}
			if status, _, _ := ask(t, "GET", base+"/v1/me", "", forged); status == http.StatusOK {
				t.Error("a forged credential is taken")
			}
			if status, body, _ := ask(t, "POST", base+"/v1/logout", "", credential); status != http.StatusNoContent {
				t.Errorf("logout: %d %s", status, body)
			}
			want := http.StatusUnauthorized
			if credential.Get("Authorization") != "" {
				want = http.StatusOK // a token lives on, as tokend's does
			}
			if status, _, _ := ask(t, "GET", base+"/v1/me", "", credential); status != want {
				t.Errorf("after logout: %d, want %d", status, want)
			}
		})
	}
}
