package token

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"authlab/servers/user"
)

// cache stores tokens whose signature and claims were found valid, so that the next request with one costs a hash. It
// is a table of fixed size: a token has four places, and takes an empty or an occupied one. Only valid tokens get in,
// so random ones change nothing, and no client can make it grow. Reading it takes no lock.
//
// An entry is true for as long as the keys are, which the verifier has for its life. Every request checks again what
// changes with time: the dates here, revocations in the caller.
type cache struct {
	sets   []set
	hits   prometheus.Counter
	misses prometheus.Counter
}

const ways = 4

type set [ways]atomic.Pointer[verified]

// verified is a valid token: its digest, because a copy of the token would expose an account in every dump of this
// memory, and its claims. It is never changed.
type verified struct {
	digest [sha256.Size]byte
	claims claims
}

// newCache makes one for at least n tokens: the next power of two.
func newCache(n int) *cache {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	size := 1 << bits.Len(uint(max(n, ways)-1))
	return &cache{
		sets:   make([]set, size/ways),
		hits:   counter("authlab_verified_cache_hits_total", "Tokens found in the cache of verified ones."),
		misses: counter("authlab_verified_cache_misses_total", "Tokens not found there: unknown, displaced or expired."),
	}
}

func (c *cache) setOf(digest *[sha256.Size]byte) *set {
	return &c.sets[binary.LittleEndian.Uint64(digest[:])%uint64(len(c.sets))]
}

// get finds a token. An expired one is dropped.
func (c *cache) get(digest *[sha256.Size]byte, now time.Time, leeway time.Duration) *claims {
	s := c.setOf(digest)
	for i := range s {
		v := s[i].Load()
		if v == nil || v.digest != *digest {
			continue
		}
		if v.claims.timely(now, leeway) {
			c.hits.Inc()
			return &v.claims
		}
		s[i].CompareAndSwap(v, nil)
	}
	c.misses.Inc()
	return nil
}

// put stores a token that is valid now.
func (c *cache) put(digest *[sha256.Size]byte, good *claims) {
	s := c.setOf(digest)
	place := &s[digest[len(digest)-1]%ways] // another part of the digest than the one that chose the set
	for i := range s {
		if s[i].Load() == nil {
			place = &s[i]
			break
		}
	}
	place.Store(&verified{digest: *digest, claims: good.compact()})
}

// compact is what a request needs of c, without the text around it: c's own texts are parts of the whole payload, and
// any of them would keep it in memory.
func (c *claims) compact() claims {
	return claims{
		Subject: strings.Clone(c.Subject), Name: strings.Clone(c.Name), Role: user.Role(strings.Clone(string(c.Role))),
		Family: strings.Clone(c.Family), ID: strings.Clone(c.ID), NotBefore: c.NotBefore, Expires: c.Expires,
		Version: c.Version,
	}
}

// timely is the part of golang-jwt's validation that depends on time; TestTimely checks that both agree.
func (c *claims) timely(now time.Time, leeway time.Duration) bool {
	return now.Before(time.Unix(c.Expires, 0).Add(leeway)) &&
		(c.NotBefore == 0 || !now.Before(time.Unix(c.NotBefore, 0).Add(-leeway)))
}
