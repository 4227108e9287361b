package cluster

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/cluster/poll"
	"authlab/loadtest/cluster/process"
	"authlab/loadtest/plan"
)

func TestURLsOfStores(t *testing.T) {
	for raw, want := range map[string]struct{ addr, user, password, told string }{
		"redis://h:1":                 {"h:1", "", "", "redis://h:1"},
		"redis://h":                   {"h:6379", "", "", "redis://h:6379"},
		"redis://:p%40ss@h:1/":        {"h:1", "", "p@ss", "redis://h:1"},
		"redis://me:p%3A@h:1":         {"h:1", "me", "p:", "redis://me@h:1"},
		"redis://me%40here:secret@h":  {"h:6379", "me@here", "secret", "redis://me%40here@h:6379"},
		"redis://[::1]:6380":          {"[::1]:6380", "", "", "redis://[::1]:6380"},
		"redis://:secret@h/1":         {},
		"redis://:secret@h?db=1":      {},
		"redis://:secret@h#x":         {},
		"rediss://:secret@h":          {},
		"http://h:1":                  {},
		"redis://":                    {},
		"redis://:secret@h:port":      {},
		"h:1":                         {},
		"":                            {},
		"redis://me:secret@[::1":      {},
		"redis://me:sec ret@h:1":      {},
		"redis://me@h:1":              {"h:1", "me", "", "redis://me@h:1"},
		"redis://default:secret@h:12": {"h:12", "default", "secret", "redis://default@h:12"},
	} {
		s, ok := storeAt(raw)
		if !ok {
			s = redisAt{}
		}
		if s.addr != want.addr || s.user != want.user || s.password != want.password || ok && s.url() != want.told {
			t.Errorf("%s: %q as %q with %q, told %q", raw, s.addr, s.user, s.password, s.url())
		}
	}
}

// A store may have users (ACL): the lab, and its servers, connect as the user of the URL.
func TestAStoreThatKnowsUsers(t *testing.T) {
	needs(t, installed("redis-server"), "redis-server")
	program, _ := exec.LookPath("redis-server")
	servers := realServers(t) // first, while nothing waits for it
	addr, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(addr, ":")
	config := filepath.Join(t.TempDir(), "redis.conf")
	if err := os.WriteFile(config, []byte("bind "+host+"\nport "+port+"\nsave \"\"\nuser default off\nuser lab on "+
		">secret ~* &* +@all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, config)
	cmd.Dir = t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	with := redisAt{addr: addr, user: "lab", password: "secret"}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := poll.Until(ctx, func() error { return with.ping(ctx) }); err != nil {
		t.Fatal(err)
	}
	for _, without := range []redisAt{
		{addr: addr},
		{addr: addr, password: "secret"},
		{addr: addr, user: "lab", password: "wrong"},
	} {
		if err := without.ping(ctx); err == nil {
			t.Errorf("as %q with %q it answers", without.user, without.password)
		}
	}
	if _, err := OpenTarget(ctx, TargetConfig{
		URL:   serves(t, &foreign{names: []string{"a"}, status: 401}),
		Store: "redis://lab:secret@" + addr,
	}); err != nil {
		t.Errorf("as the store of a target: %v", err)
	}
	_, err = OpenTarget(ctx, TargetConfig{
		URL:   serves(t, &foreign{names: []string{"a"}, status: 401}),
		Store: "redis://lab:wrong@" + addr,
	})
	if err == nil || strings.Contains(err.Error(), "wrong@") {
		t.Errorf("with another password: %v", err)
	}
	l, err := Open(ctx, Config{
		Platform: process.Platform{}, BinDir: servers, RedisURL: "redis://lab:secret@" + addr,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	scheme, err := plan.SchemeNamed("session-redis")
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Start(ctx, Spec{Name: "session-redis", Scheme: scheme, Replicas: 1, Users: 1})
	if err != nil {
		t.Fatal(err)
	}
	if c.external == nil {
		t.Error("the store is not metered")
	}
}
