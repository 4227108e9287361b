package store_test

import (
	"fmt"
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
)

// BenchmarkNew is what it costs a request to learn who sent it.
func BenchmarkNew(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *world{
		"memory":   memoryWorld,
		"postgres": postgresWorld,
		"redis": func(t testing.TB) *world {
			w := &world{life: store.Lifetimes{Idle: 1 << 40, Absolute: 1 << 50}, now: time.Now}
			return w.open(connect(t, redis.Options{Address: storetest.Redis(t, "").Addr}, store.RedisOptions{Lifetimes: w.life}))
		},
		"miniredis": func(t testing.TB) *world {
			w := &world{life: store.Lifetimes{Idle: 1 << 40, Absolute: 1 << 50}, now: time.Now}
			return w.open(connect(t, redis.Options{Address: storetest.Mini(t).Addr()}, store.RedisOptions{Lifetimes: w.life}))
		},
	} {
		for _, parallel := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/parallel=%d", name, parallel), func(b *testing.B) {
				w := open(b)
				id := w.login(b, "u1").ID
				b.ReportAllocs()
				b.SetParallelism(parallel)
				b.RunParallel(func(pb *testing.PB) {
					r := request(id)
					for pb.Next() {
						if s, err := w.store.New(r, cookieName); err != nil || s.IsNew {
							b.Error("not logged in", err)
						}
					}
				})
			})
		}
	}
}
