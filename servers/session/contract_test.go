package session_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"

	"authlab/servers/api"
	"authlab/servers/api/apitest"
	"authlab/servers/session"
	"authlab/servers/session/store/storetest"
)

// scheme is what the rows have in common.
func scheme(name string) apitest.Scheme {
	return apitest.Scheme{
		Name: name, Carrier: apitest.Cookie, New: func() api.Scheme { return session.NewScheme() },
		Lists: true, Idle: 30 * time.Minute, Absolute: 12 * time.Hour,
		Args: []string{"--session-idle", "30m", "--session-absolute", "12h"},
	}
}

func TestContractMemory(t *testing.T) {
	s := scheme("session-memory")
	s.Alone = true
	apitest.Run(t, s)
}

// TestContractMiniredis has a store that is stopped: its port refuses.
func TestContractMiniredis(t *testing.T) {
	m := miniredis.RunT(t)
	s := scheme("session-redis")
	s.Args = append(s.Args, "--store", "redis", "--redis", "redis://"+m.Addr())
	s.Advance = m.FastForward
	s.StopStore = m.Close
	s.StartStore = func() {
		if err := m.Restart(); err != nil {
			t.Error(err)
		}
	}
	s.Scale = 2000 // it is slow; the heavy checks are for the real one
	apitest.Run(t, s)
}

// TestContractRedis has a store that hangs: its port accepts and nothing is answered.
func TestContractRedis(t *testing.T) {
	server := storetest.Redis(t, "hunter2")
	s := scheme("session-redis")
	s.Args = append(s.Args, "--store", "redis", "--redis", server.URL())
	s.Advance = aging(t, server)
	s.StopStore, s.StartStore = server.Pause, server.Resume
	apitest.Run(t, s)
}

// aging moves the clock of a real Redis, as far as keys can tell: it takes the time off what each has left.
func aging(t *testing.T, server *storetest.Server) func(time.Duration) {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{server.Addr}, Password: server.Password, DisableCache: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	age := rueidis.NewLuaScript(`
		for _, key in ipairs(redis.call('KEYS', '*')) do
			redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1])
		end
		return 1`)
	return func(d time.Duration) {
		if err := age.Exec(t.Context(), client, nil, []string{strconv.FormatInt(d.Milliseconds(), 10)}).Error(); err != nil {
			t.Error(err)
		}
	}
}
