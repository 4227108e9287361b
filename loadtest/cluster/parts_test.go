package cluster

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

// onPath makes a PATH of programs that run the given scripts.
func onPath(t *testing.T, scripts map[string]string) {
	t.Helper()
	folder := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder)
}

// redisThatSays answers AUTH with OK and INFO with the given text.
func redisThatSays(t *testing.T, info string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					switch lines.Text() {
					case "AUTH":
						fmt.Fprint(conn, "+OK\r\n")
					case "INFO":
						fmt.Fprint(conn, info)
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

func text(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

func TestExternalStore(t *testing.T) {
	free, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	good := redisThatSays(t, text("# Server\r\nredis_version:7.2.4\r\nprocess_id:1\r\n"))
	valkey := redisThatSays(t, text("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n"))
	http := redisThatSays(t, "HTTP/1.1 400 Bad Request\r\n\r\n")
	locked := redisThatSays(t, "-NOAUTH Authentication required.\r\n")
	for url, want := range map[string]string{
		"redis://:geheim@" + good:        "7.2.4",
		"redis://" + valkey:              "8.0.1",
		"redis://:geheim@" + free:        "at " + free + " does not answer",
		"redis://:geheim@" + http:        "does not speak the Redis protocol",
		"redis://" + locked:              "NOAUTH",
		"rediss://:geheim@" + good:       "is not of the form",
		"localhost:6379":                 "is not of the form",
		"redis://:geheim@" + good + "/3": "is not of the form",
		"redis://:geheim@[::1":           "is not of the form",
	} {
		part, err := checkStore(t.Context(), url)
		if got := fmt.Sprint(part.Version, err); !strings.Contains(got, want) || strings.Contains(got, "geheim") ||
			strings.Contains(got, "\n") {
			t.Errorf("%s: got %q, want one sentence with %q and without the password", url, got, want)
		}
	}
}

func TestExternalDatabase(t *testing.T) {
	free, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"sqlite:" + t.TempDir() + "/accounts.db":                  "SQLite",
		"sqlite:/no/such/folder/accounts.db":                      "a folder that does not exist (/no/such/folder)",
		"sqlite::memory:":                                         "names no file",
		"sqlite:file:a?mode=memory":                               "names no file",
		"postgres://lab:geheim@" + free + "/lab?sslmode=disable":  "at " + free + " does not answer",
		"mysql://lab:geheim@" + free + "/lab":                     "neither sqlite:PATH nor postgres://",
		"postgres://lab:geheim@" + free + "/lab?sslmode=nonsense": "neither sqlite:PATH nor postgres://",
	} {
		part, err := checkDatabase(t.Context(), url)
		if got := fmt.Sprint(part.Name, err); !strings.Contains(got, want) || strings.Contains(got, "geheim") ||
			strings.Contains(got, "\n") {
			t.Errorf("%s: got %q, want one sentence with %q and without the password", url, got, want)
		}
	}
}

func TestAnExternalStoreIsUsedAsItIs(t *testing.T) {
	addr := redisThatSays(t, text("redis_version:7.2.4\r\n"))
	l := openLab(t, Config{RedisURL: "redis://:geheim@" + addr})
	scheme := fakeScheme("--redis={store}")
	scheme.Store = true
	c := start(t, l, Spec{Name: "lone", Scheme: scheme, Replicas: 1})
	if c.Store() != nil || c.External() != nil {
		t.Error("an external store is not a process of the lab, and this one does not report what it uses")
	}
	_, args := environmentOf(t, c)
	password, err := os.ReadFile(l.home.File("lone-store.password"))
	if err != nil {
		t.Fatal(err)
	}
	if line := strings.Join(args, " "); !strings.Contains(line, "--redis=redis://"+addr) ||
		strings.Contains(line, "geheim") ||
		strings.TrimSpace(string(password)) != "geheim" {
		t.Errorf("the flags are %q", args)
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	needs(t, installed("redis-server", "valkey-server") && installed("haproxy"), "redis-server or valkey-server")
	l := openLab(t, Config{})
	squatter, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer squatter.Close()
	ports := []string{squatter.Addr().String()}
	reserve = func() (string, error) {
		if len(ports) == 0 {
			return freePort()
		}
		defer func() { ports = ports[1:] }()
		return ports[0], nil
	}
	defer func() { reserve = freePort }()
	scheme := fakeScheme()
	scheme.Store = true
	c := start(t, l, Spec{Name: "lone", Scheme: scheme, Replicas: 1})
	if c.Store().Addr() == squatter.Addr().String() || len(ports) != 0 {
		t.Errorf("the store is at %s", c.Store().Addr())
	}
}

func TestLacks(t *testing.T) {
	stored := Part{Role: "store", Name: "stored", Embedded: true}
	missing := stored
	missing.Instead = "apt-get install redis-server"
	for _, test := range []struct {
		store         Part
		tracking      bool
		what, provide string
	}{
		{Part{Name: "redis-server"}, true, "", ""},
		{Part{Name: "redis-server", Version: "7.0.15"}, true, "", ""},
		{Part{Name: "redis-server", Version: "5.0.14"}, false, "", ""},
		{Part{Name: "redis-server", Version: "5.0.14"}, true, "since version 6", "a newer Redis"},
		{stored, false, "", ""},
		{stored, true, "stored cannot tell", "without --embedded"},
		{missing, true, "stored cannot tell", "apt-get install redis-server"},
	} {
		l := &Lab{parts: parts{store: test.store}}
		what, provide := l.Lacks(t.Context(), plan.Scheme{Store: true, Tracking: test.tracking})
		if !strings.Contains(what, test.what) || !strings.Contains(provide, test.provide) ||
			(what == "") != (test.what == "") {
			t.Errorf("%+v lacks %q, %q; want %q, %q", test.store, what, provide, test.what, test.provide)
		}
	}
}

func TestAnExternalStoreIsMetered(t *testing.T) {
	said := "redis_version:7.2.4\r\nused_cpu_sys:0.250000\r\nused_cpu_user:1.500000\r\ntotal_commands_processed:1234\r\n"
	l := openLab(t, Config{RedisURL: "redis://" + redisThatSays(t, text(said))})
	scheme := fakeScheme("--redis={store}")
	scheme.Store = true
	s := start(t, l, Spec{Name: "lone", Scheme: scheme, Replicas: 1}).External()
	if s == nil {
		t.Fatal("a store that reports what it uses is not metered")
	}
	used, err := s.Read()
	n, counted, failed := s.Operations()
	if err != nil || failed != nil || used.CPU != 1750*time.Millisecond || n != 1234 || !counted || s.Name() != "store" {
		t.Errorf("%s used %v and counted %d (%t); %v, %v", s.Name(), used.CPU, n, counted, err, failed)
	}
}
