package storetest

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// Pair is two servers behind one address; one replicates the other.
type Pair struct {
	*Forwarder
	Old, New *Server // the master at first, and the one that takes over
}

// RedisPair starts them.
func RedisPair(t testing.TB, password string) *Pair {
	t.Helper()
	p := &Pair{Old: Redis(t, password), New: Redis(t, password)}
	p.Forwarder = Forward(t, "tcp", p.Old.Addr)
	p.New.Follow(p.Old.Addr)
	p.New.until("master_link_status:up")
	return p
}

// URL is where the pair is, as a command line takes it.
func (p *Pair) URL() string { return (&Server{Addr: p.Addr, Password: p.Old.Password}).URL() }

// Demote makes the new one the master, once it has all of the old one's data. The old one is then a replica that has
// lost its master: it answers from what it had, and gets no updates.
func (p *Pair) Demote() {
	p.Old.Do("SET", "demoted", "soon")
	for deadline := time.Now().Add(time.Minute); p.New.Do("GET", "demoted") != "soon"; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			p.Old.t.Fatal("the replica does not follow")
		}
	}
	p.New.Do("REPLICAOF", "NO", "ONE")
	p.Old.Follow(nowhere)
}

// Promote points the address to the new one.
func (p *Pair) Promote() { p.Switch(p.New.Addr) }

// Fill makes the old one refuse writes that need memory, or accept them again.
func (p *Pair) Fill(full bool) {
	limit := "0"
	if full {
		limit = "1"
	}
	p.Old.Do("CONFIG", "SET", "maxmemory", limit)
}

// nowhere is an address where nothing listens.
const nowhere = "127.0.0.1:1"

// Follow makes the server a replica of one at an address.
func (s *Server) Follow(addr string) {
	s.t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Do("CONFIG", "SET", "masterauth", s.Password)
	s.Do("REPLICAOF", host, port)
}

// Do runs a command, and returns its result as a string.
func (s *Server) Do(command ...string) (said string) {
	s.t.Helper()
	s.do(func(client rueidis.Client) error {
		m, err := client.Do(context.Background(), client.B().Arbitrary(command...).Build()).ToMessage()
		if rueidis.IsRedisNil(err) {
			return nil
		}
		said, _ = m.ToString()
		return err
	})
	return said
}

// until waits until the server reports a given state of its replication.
func (s *Server) until(what string) {
	s.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for ; !strings.Contains(s.Info("replication"), what); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no %s after a minute: %s", what, s.Info("replication"))
		}
	}
}

// Unfit is a Redis that answers but cannot do the work.
type Unfit struct {
	What, URL string
	Says      string // is in the sentence that a server says about it
}

// RedisUnfit starts one of each kind.
func RedisUnfit(t testing.TB) []Unfit {
	t.Helper()
	replica, limited := Redis(t, "hunter2"), Redis(t, "")
	clustered := redisWith(t, "", "cluster-enabled yes")
	replica.Follow(nowhere)
	limited.Do("ACL", "SETUSER", "reader", "on", ">hunter2", "~*", "&*", "+@read", "+@connection", "+time")
	return []Unfit{
		{"a read-only replica", replica.URL(), "read-only replica: name its master"},
		{"a user that may only read", "redis://reader:hunter2@" + limited.Addr, "refuses a needed command (NOPERM"},
		{"a cluster", clustered.URL(), "in cluster mode"},
	}
}
