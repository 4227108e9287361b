package session_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"authlab/servers/api"
	"authlab/servers/api/apitest"
	"authlab/servers/session"
)

// scheme is what both rows have in common.
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

func TestContractRedis(t *testing.T) {
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
	apitest.Run(t, s)
}
