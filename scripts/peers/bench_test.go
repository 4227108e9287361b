package main

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/session"
	"authlab/servers/session/store/storetest"
	"authlab/servers/token"
	"authlab/servers/user"
)

// BenchmarkAuthenticate is authentication alone, without HTTP: what it takes from the request to who sent it, over one
// real Redis. Above all it counts allocations, as its time is mostly one round trip at a time.
func BenchmarkAuthenticate(b *testing.B) {
	server := storetest.Redis(b, "")
	key := filepath.Join(b.TempDir(), "key")
	secret := make([]byte, 32)
	rand.Read(secret)
	if err := os.WriteFile(key, []byte(hex.EncodeToString(secret)), 0o600); err != nil {
		b.Fatal(err)
	}
	redis := "--redis=redis://" + server.Addr
	for _, way := range []struct {
		name  string
		of    api.Scheme
		flags []string
	}{
		{"session-redis", session.NewScheme(), []string{"--store=redis", redis}},
		{"redisstore", &scheme{}, []string{"--library=redisstore", redis}},
		{"redistore", &scheme{}, []string{"--library=redistore", redis}},
		{"scs", &scheme{}, []string{"--library=scs", redis}},
		{"token-hs256", token.NewScheme(), []string{"--key-file=" + key}},
		{"gin-jwt", &scheme{}, []string{"--library=gin-jwt", "--key-file=" + key}},
		{"jwx", &scheme{}, []string{"--library=jwx", "--key-file=" + key}},
	} {
		b.Run(way.name, func(b *testing.B) { authenticate(b, way.of, way.flags) })
	}
}

func authenticate(b *testing.B, s api.Scheme, args []string) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.Flags(flags)
	if err := flags.Parse(args); err != nil {
		b.Fatal(err)
	}
	accounts, err := user.Open(b.Context(), user.Config{DemoUsers: true})
	if err != nil {
		b.Fatal(err)
	}
	defer accounts.Close()
	a, err := s.Open(b.Context(), api.Env{
		Accounts: accounts, Loopback: true, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	w := httptest.NewRecorder()
	alice, err := accounts.ByName(b.Context(), "alice")
	if err != nil {
		b.Fatal(err)
	}
	grant, err := a.Login(w, httptest.NewRequest(http.MethodPost, "/v1/login", nil), alice)
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/v1/me", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	if grant.AccessToken != "" {
		r.Header.Set("Authorization", "Bearer "+grant.AccessToken)
	}
	w = httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		if p, err := a.Authenticate(w, r); err != nil || p.Name != "alice" {
			b.Fatal(p, err)
		}
	}
}
