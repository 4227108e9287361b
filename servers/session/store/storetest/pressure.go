package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

const (
	pressed  = "4mb"            // the limit of a server under pressure
	strain   = 200              // others' logins in a batch
	evicted  = 3_000            // keys that must have been dropped
	strained = 2_000            // batches at most
	bystands = 30 * time.Minute // how long others' sessions live
)

// Evict puts the server under memory pressure: other users log in until it has dropped thousands of keys, or, if its
// policy drops none, until it refuses them. Between their logins it calls the functions, which use what must stay.
func (s *Server) Evict(use ...func()) {
	s.t.Helper()
	s.Configure("maxmemory", pressed)
	s.do(func(client rueidis.Client) error {
		random := rand.New(rand.NewPCG(1, 2))
		before := s.evictedKeys()
		for range strained {
			full := false
			for _, res := range client.DoMulti(context.Background(), logins(client, random)...) {
				if err := res.Error(); err != nil {
					if full = strings.HasPrefix(err.Error(), "OOM"); !full {
						return err
					}
				}
			}
			for _, u := range use {
				u()
			}
			if full || s.evictedKeys() >= before+evicted {
				return nil
			}
		}
		return fmt.Errorf("the server neither drops keys nor refuses: %s", s.Info("memory"))
	})
}

// Crowd makes at least this many other users log in.
func (s *Server) Crowd(users int) {
	s.t.Helper()
	s.do(func(client rueidis.Client) error {
		random := rand.New(rand.NewPCG(3, 4))
		for n := 0; n < users; n += strain {
			for _, res := range client.DoMulti(context.Background(), logins(client, random)...) {
				if err := res.Error(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// logins returns what a batch of other users' logins writes.
func logins(client rueidis.Client, random *rand.Rand) (all []rueidis.Completed) {
	for range strain {
		n := strconv.FormatUint(random.Uint64(), 36)
		key := fmt.Sprintf("authlab:s1:%-43s", n)
		now := time.Now().UnixMilli()
		record := fmt.Sprintf("user 1\nother-%s\nother\ndevice-%s\n%d\n%d\nagent %0200d", n, n, now,
			now+24*bystands.Milliseconds(), 0)
		all = append(all,
			client.B().Set().Key(key).Value(record).PxMilliseconds(bystands.Milliseconds()).Build(),
			client.B().Hset().Key("authlab:u1:other-"+n).FieldValue().FieldValue("device-"+n, key).Build(),
			client.B().Pexpire().Key("authlab:u1:other-"+n).Milliseconds(25*bystands.Milliseconds()).Build())
	}
	return all
}

func (s *Server) evictedKeys() int {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.Info("stats"), "evicted_keys:")
	digits, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.Atoi(digits)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}
