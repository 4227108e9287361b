package session

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
)

func open(t *testing.T, args ...string) (api.Authenticator, error) {
	t.Helper()
	s, fs := NewScheme(), pflag.NewFlagSet("sessiond", pflag.ContinueOnError)
	s.Flags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	a, err := s.Open(t.Context(), api.Env{
		Loopback: true, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: prometheus.NewRegistry(),
	})
	if err == nil {
		t.Cleanup(func() { _ = a.Close() })
	}
	return a, err
}

func TestMisconfigured(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ args, want string }{
		{"--store mysql", `--store "mysql": the stores are memory, redis, near, postgres and cookie`},
		{"--store redis --session-codec xml", `--session-codec "xml": the codecs are text, gob and json`},
		{"--store near --redis-pipeline=false", "--redis-pipeline is for --store redis"},
		{"--postgres postgres://h", "add --store postgres"},
		{"--store postgres --postgres-timeout 0s", "for example 1s"},
		{"--store postgres --postgres mysql://:hunter2@h", "the URL cannot be read"},
		{
			"--store postgres --postgres postgres://authlab:hunter2@127.0.0.1:1/x",
			"the PostgreSQL at 127.0.0.1:1 cannot be used (connect: connection refused)",
		},
		{"--store cookie --redis redis://127.0.0.1:1", "the store is cookie: add --store redis"},
		{"--session-keys " + file("unused", sealingKey, 0o600), "add --store cookie or leave out --session-keys"},
		{"--store cookie --session-keys " + file("shown", sealingKey, 0o644), "others may read"},
		{"--store cookie --session-keys " + file("short", sealingKey[2:], 0o600), "63 bytes, and at least 64 are needed"},
		{"--store cookie --session-keys " + file("long", sealingKey+"00", 0o600), "the key number 1 has 65 bytes"},
		{
			"--store cookie --session-keys " + file("mac", strings.Repeat("00", 32)+sealingKey[64:], 0o600),
			"one half of the key number 1 has hardly",
		},
		{
			"--store cookie --session-keys " + file("aes", sealingKey[:64]+strings.Repeat("00", 32), 0o600),
			"one half of the key number 1 has hardly",
		},
		{"--store cookie --session-keys " + file("none", "\n", 0o600), "`openssl rand -hex 64` makes one"},
		{"--redis redis://127.0.0.1:1", "add --store redis"},
		{"--session-throttle 1m", "add --store redis"},
		{"--near-max 9", "--near-max is for --store near"},
		{"--store redis --near-within 2s", "--near-within is for --store near"},
		{"--store redis --session-throttle -1s", "--session-throttle -1s"},
		{"--store redis --session-throttle 31m", "--session-idle, which is 30m0s"},
		{"--store near --session-throttle 0s", "needs at least 10ms"},
		{"--store near --near-within 1ms", "--near-within 1ms"},
		{"--store near --near-max 0", "--near-max 0"},
		{"--store near --redis redis://" + storetest.Mini(t).Addr(), "cannot report changes (CLIENT TRACKING"},
		{"--store postgres --postgres-connections 0", "--postgres-connections 0"},
		{"--postgres-connections 2", "--postgres-connections is for --store postgres"},
		{"--session-max 0", "--session-max 0"},
		{"--session-idle 0s", "both must be positive"},
		{"--session-idle 2h --session-absolute 1h", "idle at most absolute"},
		{"--store redis --redis-timeout 0s", "--redis-timeout 0s"},
		{"--store redis --redis 127.0.0.1:6379", "not of the form"},
		{"--store redis --redis http://:hunter2@127.0.0.1", "not of the form"},
		{"--store redis --redis redis://:hunter2@127.0.0.1:x", "not of the form"},
		{"--store redis --redis redis://:hunter2@127.0.0.1:1/x", "the database is not a number"},
		{"--store redis --redis redis://:hunter2@127.0.0.1:1", "the Redis at 127.0.0.1:1 cannot be used"},
		{"--store redis --redis-password-file " + file("open", "hunter2", 0o644), "others may read or write it"},
		{"--store redis --redis-password-file " + file("empty", "\n", 0o600), "is empty"},
		{"--store redis --redis-password-file " + dir + "/absent", "no such file"},
		{"--store redis --redis redis://:hunter2@h --redis-password-file " + file("ok", "hunter2", 0o600), "given twice"},
	} {
		_, err := open(t, strings.Fields(c.args)...)
		var usage api.Usage
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.args, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: not one sentence without the password: %v", c.args, err)
		}
	}
}

func TestConfigured(t *testing.T) {
	server := storetest.Redis(t, "hunter2")
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		nil,
		{"--store", "cookie"},
		{"--store", "redis", "--redis", server.URL()},
		{"--store", "redis", "--redis", server.URL() + "/1"},
		{"--store", "near", "--redis", server.URL() + "/1"},
		{"--store", "redis", "--redis", "redis://" + server.Addr, "--redis-password-file", file},
	} {
		a, err := open(t, args...)
		if err != nil {
			t.Errorf("%v: %v", args, err)
			continue
		}
		if err := a.Ready(t.Context()); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	for url, want := range map[string]string{
		"redis://" + server.Addr:        "it requires a password",
		"redis://:wrong@" + server.Addr: "it rejects the password",
	} {
		if _, err := open(t, "--store", "redis", "--redis", url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestEffectiveWithin: the declared guarantee is the store's bound in whole seconds.
func TestEffectiveWithin(t *testing.T) {
	server := storetest.Redis(t, "")
	for args, want := range map[string]time.Duration{
		"--store memory":                                                     0,
		"--store redis --redis " + server.URL():                              0,
		"--store near --redis " + server.URL():                               time.Second,
		"--store near --near-within 300ms --redis " + server.URL():           time.Second,
		"--store near --near-within 1001ms --redis=" + server.URL():          2 * time.Second,
		"--store redis --session-throttle 1m --redis=" + server.URL():        0,
		"--store near --near-within 3s --near-max 1 --redis=" + server.URL(): 3 * time.Second,
	} {
		a, err := open(t, strings.Fields(args)...)
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		if got := a.EffectiveWithin(); got != want {
			t.Errorf("%s: %v, want %v", args, got, want)
		}
	}
}
