package store_test

import (
	"errors"
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// TestNearChangesNothingUnproven: a replica of the store that has not heard of a session finds nothing to end, and
// writes nothing; that is not a success.
func TestNearChangesNothingUnproven(t *testing.T) {
	pair := storetest.RedisPair(t, "")
	near := nearAt(t, redis.Options{Address: pair.Addr, AnswerWithin: patient}, lasting(patient)).backend
	pair.Demote()
	there := &world{life: lasting(patient).Lifetimes, now: lasting(patient).Now}
	there.open(connect(t, redis.Options{Address: pair.New.Addr, AnswerWithin: patient}, lasting(patient).RedisOptions))
	id := there.login(t, "u1").ID
	for what, change := range map[string]func() error{
		"end user":   func() error { return near.EndUser(t.Context(), "u1", "") },
		"set role":   func() error { return near.SetRole(t.Context(), "u1", user.RoleAdmin, 2) },
		"end device": func() error { return near.EndDevice(t.Context(), "u1", "d") },
		"end":        func() error { return near.End(t.Context(), store.Key{1}, store.Record{}) },
	} {
		if err := change(); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: a store that is not the master did it: %v", what, err)
		}
	}
	pair.Promote()
	for deadline := time.Now().Add(time.Minute); near.EndUser(t.Context(), "u1", "") != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the master is not found")
		}
	}
	there.wantAlive(t, id, false)
}
