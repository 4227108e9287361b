package token

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store/storetest"
)

// TestEveryRightIsRehearsed takes the right to each needed command from a Redis user: Redis is then not ready, while
// running and at a start, and neither leaves anything behind.
func TestEveryRightIsRehearsed(t *testing.T) {
	command := regexp.MustCompile(`redis\.call\('([A-Z]+)'|\b(?:b|B\(\))\.([A-Z][a-z]+)\(\)`)
	for name, c := range map[string]struct {
		files    []string
		rehearse redis.Rehearsal
		besides  []string // what the files do not name
	}{
		"denylist": {[]string{"denylist.go"}, rehearseDenylist, []string{"EVALSHA", "GETEX", "SET"}},
		"push":     {[]string{"push.go", "follow.go"}, rehearsePush, []string{"GETEX", "XADD", "XREAD", "PEXPIRE"}},
	} {
		commands := c.besides
		for _, file := range c.files {
			text, _ := os.ReadFile(file)
			for _, found := range command.FindAllStringSubmatch(string(text), -1) {
				commands = append(commands, found[1]+found[2])
			}
		}
		slices.Sort(commands)
		server := storetest.Redis(t, "")
		server.Do("ACL", "SETUSER", "limited", "on", ">secret", "~authlab:*", "+@all", "-@admin", "-@dangerous")
		where := redis.Options{
			Address: server.Addr, Username: "limited", Password: "secret", Rehearsal: c.rehearse, AnswerWithin: 10 * time.Second,
		}
		client, err := redis.Open(where)
		if err != nil {
			t.Fatal(name, err)
		}
		t.Cleanup(client.Close)
		for _, right := range slices.Compact(commands) {
			if err := client.Ready(t.Context()); err != nil {
				t.Fatalf("%s, with all rights, before %s: %v", name, right, err)
			}
			server.Do("ACL", "SETUSER", "limited", "-"+right)
			if client.Ready(t.Context()) == nil {
				t.Errorf("%s: ready without %s", name, right)
			}
			if other, err := redis.Open(where); err == nil {
				other.Close()
				t.Errorf("%s: started without %s", name, right)
			}
			server.Do("ACL", "SETUSER", "limited", "+"+right)
		}
		// What a rehearsal could not remove expires after a second.
		for deadline := time.Now().Add(30 * time.Second); server.Do("RANDOMKEY") != ""; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %s is left", name, server.Do("RANDOMKEY"))
			}
		}
	}
}
