package store_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// eachCodec is a world for each codec over one Redis, as while replicas switch one by one.
func eachCodec(t *testing.T, addr string) map[string]*world {
	worlds := map[string]*world{}
	for name, codec := range store.Codecs {
		w := &world{life: store.Lifetimes{Idle: time.Hour, Absolute: 2 * time.Hour}, now: time.Now}
		worlds[name] = w.open(connect(t, redis.Options{Address: addr, AnswerWithin: patient},
			store.RedisOptions{Lifetimes: w.life, Codec: codec}))
	}
	return worlds
}

// redises start a Redis for a test, by its kind.
var redises = map[string]func(*testing.T) string{
	"miniredis": func(t *testing.T) string { return storetest.Mini(t).Addr() },
	"redis":     func(t *testing.T) string { return storetest.Redis(t, "").Addr },
}

// TestAnotherCodec: a session of another codec logs no user in. Changes to its user still reach it, whichever codec
// makes them: switching back revives nothing that was ended.
func TestAnotherCodec(t *testing.T) {
	for where, addr := range redises {
		t.Run(where, func(t *testing.T) {
			worlds := eachCodec(t, addr(t))
			for by, acting := range worlds {
				t.Run("by "+by, func(t *testing.T) { anotherCodec(t, worlds, acting) })
			}
		})
	}
}

func anotherCodec(t *testing.T, worlds map[string]*world, acting *world) {
	ctx := t.Context()
	ids, devices := map[string]string{}, map[string]string{}
	for name, w := range worlds {
		s := w.login(t, "u1")
		rec, _ := store.RecordOf(s)
		ids[name], devices[name] = s.ID, rec.Device
	}
	wantOf := func(alive func(name string) bool) {
		t.Helper()
		for name, w := range worlds {
			for of, id := range ids {
				w.wantAlive(t, id, of == name && alive(name))
			}
		}
	}
	wantOf(func(string) bool { return true })

	if err := acting.backend.SetRole(ctx, "u1", user.RoleAdmin, 2); err != nil {
		t.Fatal(err)
	}
	for name, w := range worlds {
		if rec, _ := w.who(t, ids[name]); rec.Role != user.RoleAdmin || rec.Agent != "test\nagent" {
			t.Errorf("after a change of role %s has %+v", name, rec)
		}
	}
	if err := acting.backend.EndDevice(ctx, "u1", devices["gob"]); err != nil {
		t.Fatal(err)
	}
	wantOf(func(name string) bool { return name != "gob" })
	if err := acting.backend.EndUser(ctx, "u1", devices["json"]); err != nil {
		t.Fatal(err)
	}
	wantOf(func(name string) bool { return name == "json" })
	if err := acting.backend.EndUser(ctx, "u1", ""); err != nil { // as a ban does
		t.Fatal(err)
	}
	wantOf(func(string) bool { return false })
}

// TestWhatIsNoRecord: a value under a session's key that no codec wrote logs no user in, and shields none of the user's
// sessions from changes.
func TestWhatIsNoRecord(t *testing.T) {
	for where, addr := range redises {
		t.Run(where, func(t *testing.T) {
			at := addr(t)
			w := eachCodec(t, at)["text"]
			ctx, bad, good := t.Context(), w.login(t, "u1"), w.login(t, "u1")
			client, err := redis.Open(redis.Options{Address: at, AnswerWithin: patient})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			broken := client.B().Set().Key(store.RedisKey(bad.ID)).Value("no line break").Xx().Build()
			if err := client.Write(ctx, broken); err != nil {
				t.Fatal(err)
			}
			if s, err := w.store.New(request(bad.ID), cookieName); err == nil || !s.IsNew {
				t.Errorf("an invalid record logs in: %v", err)
			}
			if err := w.store.Save(request(bad.ID), httptest.NewRecorder(), bad); err == nil {
				t.Error("an invalid record was saved over")
			}
			if err := w.backend.SetRole(ctx, "u1", user.RoleAdmin, 2); err != nil {
				t.Errorf("it keeps its user's role from changing: %v", err)
			}
			if rec, _ := w.who(t, good.ID); rec.Role != user.RoleAdmin {
				t.Errorf("the user's other session has the role %s", rec.Role)
			}
			if err := w.backend.EndUser(ctx, "u1", ""); err != nil {
				t.Error(err)
			}
			w.wantAlive(t, good.ID, false)
		})
	}
}
