package api_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/control"
)

// command runs a server as its program would, and ends it once it listens. It returns the exit code and the output.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), 20*time.Second)
	defer end()
	out := &firstLine{then: end}
	var errors bytes.Buffer
	args = append([]string{"--ballast=0"}, args...)
	code = api.Command(ctx, "controld", "127.0.0.1:0", control.NewScheme(), args, out, &errors)
	return code, out.String(), errors.String()
}

// firstLine calls then once something is written to it.
type firstLine struct {
	bytes.Buffer
	then func()
}

func (f *firstLine) Write(p []byte) (int, error) {
	defer f.then()
	return f.Buffer.Write(p)
}

func TestMisconfiguredServersDoNotStart(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	hex := strings.Repeat("5f3a9c01", 8)

	for _, c := range []struct {
		name string
		args []string
		want string // part of the sentence
	}{
		{"unknown flag", []string{"--listne=:1"}, "--listne"},
		{"an argument", []string{"8080"}, "8080"},
		{"no address", []string{"--listen=8080"}, "--listen must be HOST:PORT"},
		{"a host that is not here", []string{"--listen=192.0.2.1:0", "--unauthenticated"}, "cannot listen on 192.0.2.1:0"},
		{"a port in use", []string{"--listen=" + busy.Addr().String()}, "address already in use"},
		{"public without authentication", []string{"--listen=0.0.0.0:0"}, "--unauthenticated"},
		{"public demo users", []string{"--listen=0.0.0.0:0", "--unauthenticated", "--demo-users"}, "--demo-users"},
		{"public demo users, no host", []string{"--listen=:0", "--unauthenticated", "--demo-users"}, "--demo-users"},
		{"a replica without index", []string{"--replica=abc"}, "--replica"},
		{"a replica with a line break", []string{"--replica=a\nb-0"}, "--replica"},
		{"a proxy that is no network", []string{"--trusted-proxies=haproxy"}, "--trusted-proxies"},
		{"every origin", []string{"--allowed-origins=*"}, "--allowed-origins"},
		{"an origin with a path", []string{"--allowed-origins=https://app.example/x"}, "--allowed-origins"},
		{"an origin with a wildcard", []string{"--allowed-origins=https://*.example"}, "--allowed-origins"},
		{"an origin without scheme", []string{"--allowed-origins=app.example"}, "--allowed-origins"},
		{"an unknown level", []string{"--log-level=loud"}, "--log-level"},
		{"no time for requests", []string{"--request-timeout=0"}, "must be above 0"},
		{"a negative drain", []string{"--drain=-1s"}, "must not be negative"},
		{"load users without a key", []string{"--load-users=1"}, "needs --load-key-file"},
		{"a load key that is not there", []string{"--load-users=1", "--load-key-file=" + dir + "/none"}, "no such file"},
		{
			"a load key for all to read",
			[]string{"--load-users=1", "--load-key-file=" + file("open", hex, 0o644)},
			"chmod 600",
		},
		{
			"a short load key",
			[]string{"--load-users=1", "--load-key-file=" + file("short", "5f3a9c01", 0o600)},
			"at least 32 are needed",
		},
		{
			"a load key of nothing",
			[]string{"--load-users=1", "--load-key-file=" + file("zero", strings.Repeat("0", 64), 0o600)},
			"not drawn at random",
		},
		{
			"a load key that is nearly hexadecimal",
			[]string{"--load-users=1", "--load-key-file=" + file("nearly", "the quick brown fox jumps over the lazy dog 0123\n",
				0o600)},
			"is text",
		},
		{
			"a database that is not one",
			[]string{"--database=sqlite:" + file("text", strings.Repeat("no", 99), 0o600)},
			"database",
		},
		{"a database out of reach", []string{"--database=sqlite:" + dir + "/none/a.db"}, "database"},
		{"an unknown kind of database", []string{"--database=mysql://root:hunter2@localhost"}, "database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, said := command(t, c.args...)
			if code != 2 || out != "" {
				t.Errorf("exit code %d, stdout %q, want 2 and nothing", code, out)
			}
			if !strings.HasPrefix(said, "controld: ") || strings.Count(said, "\n") != 1 || !strings.Contains(said, c.want) {
				t.Errorf("it said %q, want one sentence with %q", said, c.want)
			}
			if !strings.HasSuffix(said, " (see controld --help)\n") {
				t.Errorf("it said %q, which does not point to --help", said)
			}
			if strings.Contains(said, "hunter2") || strings.Contains(said, "5f3a9c01") {
				t.Errorf("it told a secret: %q", said)
			}
		})
	}
}

func TestAServerStartsAndEnds(t *testing.T) {
	key, raw := filepath.Join(t.TempDir(), "key"), make([]byte, 32)
	rand.NewChaCha8([32]byte{1}).Read(raw)
	if err := os.WriteFile(key, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{},
		{"--listen=0.0.0.0:0", "--unauthenticated", "--trusted-proxies=10.0.0.0/8,192.0.2.1"},
		{"--demo-users", "--load-users=10", "--load-key-file=" + key, "--drain=1ms", "--allowed-origins=https://app.example"},
		{"--listen=[::1]:0", "--database=sqlite:" + filepath.Join(t.TempDir(), "accounts.db"), "--demo"},
	} {
		code, out, said := command(t, args...)
		if code != 0 || !regexp.MustCompile(`^listening http://[^ ]+:[0-9]+\n$`).MatchString(out) {
			t.Errorf("%q: exit code %d, stdout %q, stderr %s", args, code, out, said)
		}
	}
}

func TestHealthcheckAsksTheServerThatServes(t *testing.T) {
	server := httptest.NewServer(open(t, nil, nil).Handler())
	listen := "--listen=" + strings.TrimPrefix(server.URL, "http://")
	if code, out, said := command(t, "--healthcheck", listen); code != 0 || !strings.HasPrefix(out, "ready: ") {
		t.Errorf("of a ready server: exit code %d, stdout %q, stderr %q", code, out, said)
	}
	server.Close()
	if code, out, said := command(t, "--healthcheck", listen); code != 1 ||
		!strings.HasPrefix(said, "controld: not ready: ") {
		t.Errorf("of an ended server: exit code %d, stdout %q, stderr %q", code, out, said)
	}
}

func TestHealthNamesTheReplica(t *testing.T) {
	w := get(open(t, nil, nil).Handler(), "/healthz")
	if got := w.Body.String(); w.Code != http.StatusOK || got != `{"replica":"test-0","server":"testd","status":"ok"}` {
		t.Errorf("%d %s", w.Code, got)
	}
}

func TestHelpHasASentenceForEachFlag(t *testing.T) {
	var out bytes.Buffer
	code := api.Command(t.Context(), "controld", "127.0.0.1:0", control.NewScheme(), []string{"--help"}, &out, &out)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(strings.Join(strings.Fields(out.String()), " "),
		"behind N replicas an attacker has N times as many attempts") {
		t.Errorf("it does not say that each replica counts guesses by itself:\n%s", out.String())
	}
	for _, flag := range []string{
		"listen", "replica", "database", "demo-users", "load-users", "load-key-file", "trusted-proxies", "allowed-origins",
		"insecure-cookies", "ballast", "drain", "healthcheck", "shutdown-timeout", "request-timeout", "demo",
		"header-timeout", "max-connections", "log-level", "unauthenticated",
	} {
		if !regexp.MustCompile(`(?m)^ +--` + flag + ` .*[a-z]{3,} [a-z]`).MatchString(out.String()) {
			t.Errorf("--%s is not explained:\n%s", flag, out.String())
		}
	}
}
