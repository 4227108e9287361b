package token

import (
	"testing"

	"authlab/servers/api/apitest"
	"authlab/servers/session/store/storetest"
)

// TestFailover has the Redis of the revocations demoted.
func TestFailover(t *testing.T) {
	for name, row := range map[string]func(*testing.T, string) apitest.Scheme{"denylist": listed, "push": followed} {
		t.Run(name, func(t *testing.T) {
			pair := storetest.RedisPair(t, "hunter2")
			s := row(t, pair.URL())
			s.Args = append(s.Args, "--redis-timeout=5s") // this test is not about a slow store
			stores := apitest.Stores{
				Demote: pair.Demote, Promote: pair.Promote, Master: []string{"--redis=" + pair.New.URL()}, Fill: pair.Fill,
			}
			for _, u := range storetest.RedisUnfit(t) {
				stores.Unfit = append(stores.Unfit, apitest.Unfit{What: u.What, Arg: "--redis=" + u.URL, Says: u.Says})
			}
			apitest.Failover(t, s, stores)
		})
	}
}
