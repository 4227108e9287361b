package session_test

import (
	"testing"
	"time"

	"authlab/servers/api/apitest"
	"authlab/servers/session/store/storetest"
)

// failing checks what a scheme must do in a failover of its Redis.
func failing(t *testing.T, s apitest.Scheme) {
	pair := storetest.RedisPair(t, "hunter2")
	s.Args = append(s.Args, "--redis="+pair.URL(), "--redis-timeout=5s") // this test is not about a slow store
	stores := apitest.Stores{
		Demote: pair.Demote, Promote: pair.Promote, Master: []string{"--redis=" + pair.New.URL()}, Fill: pair.Fill,
	}
	for _, u := range storetest.RedisUnfit(t) {
		stores.Unfit = append(stores.Unfit, apitest.Unfit{What: u.What, Arg: "--redis=" + u.URL, Says: u.Says})
	}
	apitest.Failover(t, s, stores)
}

func TestFailoverRedis(t *testing.T) {
	for _, options := range [][]string{{"--redis-pipeline=true"}, {"--redis-pipeline=false"}, {"--session-throttle=20m"}} {
		t.Run(options[0], func(t *testing.T) {
			s := scheme("session-redis")
			s.Args = append(append(s.Args, "--store=redis"), options...)
			failing(t, s)
		})
	}
}

func TestFailoverNear(t *testing.T) {
	s := scheme("session-near")
	s.Args = append(s.Args, "--store=near")
	s.Within, s.Pushed = time.Second, true
	failing(t, s)
}

func TestFailoverPostgres(t *testing.T) {
	for _, option := range []string{"--session-throttle=0", "--session-throttle=20m"} {
		t.Run(option, func(t *testing.T) {
			pair := storetest.Postgres(t)
			s := scheme("session-postgres")
			s.Args = append(s.Args, "--store=postgres", "--postgres="+pair.URL(), "--postgres-timeout=5s", fewConnections,
				option)
			standby := "--postgres=" + pair.Standby()
			apitest.Failover(t, s, apitest.Stores{
				Demote: pair.Demote, Promote: pair.Promote, Master: []string{standby},
				Unfit: []apitest.Unfit{
					{What: "a standby", Arg: standby, Says: "name the primary"},
					{What: "a user that may only read", Arg: "--postgres=" + pair.Reader(), Says: "permission denied"},
				},
			})
		})
	}
}
