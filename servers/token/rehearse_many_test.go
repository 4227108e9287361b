package token

import (
	"sync"
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store/storetest"
)

// TestRehearsalsDoNotMeet: replicas rehearse at the same time, with the same keys.
func TestRehearsalsDoNotMeet(t *testing.T) {
	for _, addr := range []string{storetest.Mini(t).Addr(), storetest.Redis(t, "").Addr} {
		for name, rehearse := range map[string]redis.Rehearsal{"denylist": rehearseDenylist, "push": rehearsePush} {
			var all sync.WaitGroup
			for range 4 {
				c, err := redis.Open(redis.Options{Address: addr, Rehearsal: rehearse, AnswerWithin: 10 * time.Second})
				if err != nil {
					t.Fatal(name, err)
				}
				t.Cleanup(c.Close)
				for range 4 {
					all.Go(func() {
						for range 50 {
							if err := c.Ready(t.Context()); err != nil {
								t.Error(name, err)
								return
							}
						}
					})
				}
			}
			all.Wait()
		}
	}
}
