package session_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/scripts/longtest"
	"authlab/servers/api"
	"authlab/servers/api/apitest"
	"authlab/servers/session"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/stored/mini"
	"authlab/servers/user/usertest"
)

// scheme is what these schemes have in common. TestContractRedis does in full the checks for which they do not differ:
// ids are drawn and passwords checked in one place. It and TestContractPostgres have connections over which answers
// could be mixed up.
func scheme(name string) apitest.Scheme {
	return apitest.Scheme{
		Name: name, Carrier: apitest.Cookie, New: func() api.Scheme { return session.NewScheme() },
		Lists: true, Idle: 30 * time.Minute, Absolute: 12 * time.Hour, Grace: store.TraceFor,
		Args: []string{"--session-idle", "30m", "--session-absolute", "12h"},
	}
}

// A busy machine may delay a store. A store that hangs costs each call this time.
const (
	unhurried = "--redis-timeout=5s"
	hung      = "--redis-timeout=1s"
)

// fewConnections is enough for each of many replicas: PostgreSQL forks for every connection.
const fewConnections = "--postgres-connections=2"

func TestContractMemory(t *testing.T) {
	s := scheme("session-memory")
	s.Alone, s.Server = true, true
	apitest.Run(t, s)
}

// TestContractMiniredis has a store that is stopped: its port refuses connections.
func TestContractMiniredis(t *testing.T) {
	m := storetest.Mini(t)
	s := scheme("session-redis")
	s.Args = append(s.Args, "--store", "redis", "--redis", "redis://"+m.Addr(), unhurried)
	s.Advance = func(d time.Duration) { storetest.Age(t, m.Addr(), d) }
	s.StopStore = func() { mini.Stop(m) }
	s.StartStore = func() {
		if err := m.Restart(); err != nil {
			t.Error(err)
		}
	}
	apitest.Run(t, s)
}

// TestContractOptions covers the other ways to store sessions in Redis that are measured. Without the build tag long,
// one scheme has one of each kind.
func TestContractOptions(t *testing.T) {
	for _, options := range [][]string{
		// as measured
		{"--session-codec=gob"},
		{"--session-codec=json"},
		{"--redis-pipeline=false"},
		{"--session-throttle=1m"},
		{"--session-codec=json", "--redis-pipeline=false", "--session-throttle=1m"},
	} {
		t.Run(strings.Join(options, " "), func(t *testing.T) {
			if len(options) == 1 {
				longtest.Only(t)
			}
			m := storetest.Mini(t)
			s := scheme("session-redis")
			s.Args = append(append(s.Args, "--store", "redis", "--redis", "redis://"+m.Addr(), unhurried), options...)
			if slices.Contains(options, "--session-throttle=1m") {
				s.Args = append(s.Args, "--session-idle", "29m") // an unused session must not outlive the other schemes'
			}
			s.Advance = func(d time.Duration) { storetest.Age(t, m.Addr(), d) }
			apitest.RunVariant(t, s)
		})
	}
}

// TestContractRedis has a store that hangs: its port accepts connections but never answers.
func TestContractRedis(t *testing.T) {
	server := storetest.Redis(t, "hunter2")
	s := scheme("session-redis")
	s.Whole = []string{"R01", "R19", "R23"}
	s.Args = append(s.Args, "--store", "redis", "--redis", server.URL(), hung)
	s.Advance = server.Age
	s.StopStore, s.StartStore = server.Pause, server.Resume
	apitest.Run(t, s)
}

// TestContractNear has replicas that cache sessions. An unused session must not outlive the other schemes'.
func TestContractNear(t *testing.T) {
	server := storetest.Redis(t, "hunter2")
	s := scheme("session-near")
	s.Args = []string{
		"--session-idle", "25m", "--session-throttle", "5m", "--session-absolute", "12h", "--store", "near", "--redis",
		server.URL(), hung,
	}
	s.Within, s.Pushed = time.Second, true
	s.Advance = server.Age
	s.StopStore, s.StartStore = server.Pause, server.Resume
	apitest.Run(t, s)
}

// TestContractPostgres has a store that hangs.
func TestContractPostgres(t *testing.T) {
	server := usertest.StartPostgres(t)
	url := server.NewDatabase(t)
	s := scheme("session-postgres")
	s.Whole = []string{"R23"}
	s.Args = append(s.Args, "--store", "postgres", "--postgres", url, "--postgres-timeout", "1s", fewConnections)
	s.Advance = storetest.AgePostgres(t, url)
	s.StopStore, s.StartStore = server.Pause, server.Resume
	apitest.Run(t, s)
}

// TestContractCookie is a scheme whose whole session is in the cookie.
func TestContractCookie(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(session.SealingKeyOfTests+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := scheme("session-cookie")
	s.Args = append(s.Args, "--store", "cookie", "--session-keys", file)
	s.Lists, s.Stateless, s.Within = false, true, s.Absolute
	apitest.Run(t, s)
}
