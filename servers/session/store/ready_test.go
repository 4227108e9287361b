package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
)

// asked are the Redis commands that this package's scripts and methods use.
func asked(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("*redis*.go")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`redis\.p?call\('([A-Z]+)'|Arbitrary\("([A-Z]+)"\)|\bb\.([A-Z][a-z]+)\(\)`)
	for _, file := range append(files, "near.go") {
		if file == "redis_ready.go" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range command.FindAllStringSubmatch(string(text), -1) {
			all = append(all, found[1]+found[2]+found[3])
		}
	}
	for i := range all {
		all[i] = strings.ToUpper(all[i])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func rehearsed(addr string) redis.Options {
	return redis.Options{Address: addr, AnswerWithin: patient, Rehearsal: store.Rehearse}
}

// TestEveryRightIsRehearsed takes the right to each needed command from a Redis user: the store is then not ready,
// while running and at a start.
func TestEveryRightIsRehearsed(t *testing.T) {
	server := storetest.Redis(t, "")
	server.Do("ACL", "SETUSER", "limited", "on", ">secret", "~authlab:*", "&*", "+@all", "-@admin", "-@dangerous")
	where := rehearsed(server.Addr)
	where.Username, where.Password = "limited", "secret"
	r := connect(t, where, lasting(patient).RedisOptions)
	commands := asked(t)
	if len(commands) < 15 || !slices.Contains(commands, "GETEX") || !slices.Contains(commands, "PTTL") {
		t.Fatalf("the commands are not found: %v", commands)
	}
	for _, command := range append(commands, "EVALSHA") {
		if err := r.Ping(t.Context()); err != nil {
			t.Fatalf("with all rights, before %s: %v", command, err)
		}
		server.Do("ACL", "SETUSER", "limited", "-"+command)
		if r.Ping(t.Context()) == nil {
			t.Errorf("without %s it is ready", command)
		}
		if c, err := redis.Open(where); err == nil {
			c.Close()
			t.Errorf("without %s it starts", command)
		}
		server.Do("ACL", "SETUSER", "limited", "+"+command)
	}
}

// TestRehearsalLeavesNothing in either Redis, however often it runs.
func TestRehearsalLeavesNothing(t *testing.T) {
	server := storetest.Redis(t, "")
	mini := storetest.Mini(t)
	for _, addr := range []string{server.Addr, mini.Addr()} {
		r := connect(t, rehearsed(addr), lasting(patient).RedisOptions)
		for range 3 {
			if err := r.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if keys := server.Do("RANDOMKEY"); keys != "" {
		t.Errorf("%s is left", keys)
	}
	if keys := mini.Keys(); len(keys) > 0 {
		t.Errorf("%v are left", keys)
	}
}

// TestFullRedis: sessions keep working, and the store says that new logins are refused.
func TestFullRedis(t *testing.T) {
	server := storetest.Redis(t, "")
	w := &world{life: store.Lifetimes{Idle: patient, Absolute: patient}, now: newClock().now}
	r := connect(t, rehearsed(server.Addr), lasting(patient).RedisOptions)
	w.open(r)
	id := w.login(t, "u1").ID
	if r.Weakened() != "" {
		t.Error("weakened before it is full: ", r.Weakened())
	}
	server.Do("CONFIG", "SET", "maxmemory", "1")
	if err := r.Ping(t.Context()); err != nil || r.Weakened() == "" {
		t.Errorf("ready %v, weakened %q", err, r.Weakened())
	}
	w.wantAlive(t, id, true)
	if _, err := r.Create(t.Context(), store.Key{1}, store.Record{User: "u2", Device: "d"}); err == nil {
		t.Error("a full Redis took a session")
	}
	server.Do("CONFIG", "SET", "maxmemory", "0")
	if err := r.Ping(t.Context()); err != nil || r.Weakened() != "" {
		t.Errorf("ready %v, weakened %q", err, r.Weakened())
	}
}
