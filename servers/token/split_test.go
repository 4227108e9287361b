package token

import (
	"context"
	"errors"
	"testing"

	"github.com/redis/rueidis"

	"authlab/servers/session/store/storetest"
)

// TestTwoMasters: a replica that still asks the old master ends a login, which one that asks the new master does not
// hear of. Once the old master follows the new one, all know it, also where the new master has another entry with the
// same id, where the end is older than what replicas tell each other again, and where the replica that knew is gone.
func TestTwoMasters(t *testing.T) {
	for name, c := range map[string]struct {
		list                  string
		sameID, longAgo, gone bool
	}{
		"denylist": {list: "denylist"}, "denylist, and gone": {list: "denylist", gone: true},
		"push": {list: "push"}, "push, with the same id": {list: "push", sameID: true},
		"push, long ago": {list: "push", longAgo: true}, "push, and gone": {list: "push", gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			pair := storetest.RedisPair(t, "hunter2")
			front := &storetest.Server{Addr: pair.Addr, Password: "hunter2"}
			here := own(t, front, c.list, "--redis-timeout=5s")
			login := here.login("alice")
			pair.New.Do("REPLICAOF", "NO", "ONE")
			pair.Promote()
			beside := []string{"--revocation=" + c.list, "--redis=" + front.URL(), "--redis-timeout=5s"}
			there := here.beside(0, beside...)
			if err := here.Logout(nil, request(login.AccessToken, "")); err != nil {
				t.Fatal(err)
			}
			if _, err := there.me(login.AccessToken); err != nil {
				t.Fatalf("the masters are not two: %v", err)
			}
			if c.sameID {
				pair.New.Do("XADD", stream, newest(t, pair.Old), "end", "another", "until", "9999999999999", "as", "")
			}
			if c.longAgo {
				here.revoked.(*pushed).tidings.take()
			}
			if c.gone {
				here.revoked.close()
			}
			pair.Old.Follow(pair.New.Addr)
			if c.gone {
				here.beside(0, beside...)
			}
			comes(t, "the end is known", func() bool {
				_, err := there.me(login.AccessToken)
				return errors.Is(err, errEnded)
			})
		})
	}
}

// newest is the id of the last entry.
func newest(t *testing.T, s *storetest.Server) string {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.Addr}, Password: s.Password, DisableCache: true, ForceSingleClient: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	last, err := client.Do(context.Background(), client.B().Xrevrange().Key(stream).End("+").Start("-").Count(1).Build()).
		AsXRange()
	if err != nil || len(last) == 0 {
		t.Fatal(last, err)
	}
	return last[0].ID
}
