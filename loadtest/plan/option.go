package plan

import (
	"fmt"
	"math"
	"slices"
)

// Options are rows that differ from one of Schemes in a single point, for plans that ask what it costs or saves.
var Options = slices.Concat(
	[]Scheme{
		remembered("token-hs256"),
		remembered("token-eddsa"),
		rotated("token-hs256"),
		rotated("token-eddsa"),
	},
	[]Scheme{
		option(Control, "no-ballast", "without the ballast that keeps the pace of garbage collection alike", "--ballast=0"),
		throttled(),
		option("session-redis", "gob", "what Redis keeps is written by encoding/gob", "--session-codec=gob"),
		option("session-redis", "json", "what Redis keeps is written by encoding/json", "--session-codec=json"),
		option("session-redis", "plain", "each command has a connection of a pool for itself", "--redis-pipeline=false"),
		option("session-postgres", "throttled", "a use is written to PostgreSQL only when a tenth of the idle lifetime has gone", "--session-throttle=3m"),
		option("session-memory", "no-ballast", "without the ballast that keeps the pace of garbage collection alike", "--ballast=0"),
	},
	hits(0, 25, 50, 75),
	claims("token-hs256", 512, 1024, 2048, 4096, 6144),
)

// claims are rows whose tokens say more, up to so many bytes of claims; the plain row's have about 200.
func claims(of string, sizes ...int) []Scheme {
	var rows []Scheme
	for _, bytes := range sizes {
		rows = append(rows, option(of, fmt.Sprintf("claims-%d", bytes), fmt.Sprintf("%d bytes of claims", bytes), fmt.Sprintf("--claims-bytes=%d", bytes)))
	}
	return rows
}

const (
	hitUsers = 10_000 // who come in turn to the rows of hits
	missOps  = 3      // what Redis counts when a session is looked up: a script and the two commands in it
	settling = 6      // times round until it has been forgotten in which order the cache was filled
)

// hits are rows of session-near whose caches are too small for all who come, so that this many of a hundred requests find their
// session there. Where a full cache drops any other entry, an entry lives through so many misses that of U users who come in turn a
// share h is found if the cache has room for (1 − h) U ÷ −ln h of them.
func hits(percent ...int) []Scheme {
	var rows []Scheme
	for _, p := range percent {
		h, room := float64(p)/100, 1
		if p > 0 {
			room = int(math.Round((1 - h) * hitUsers / -math.Log(h)))
		}
		s := option("session-near", fmt.Sprintf("hits-%d", p), fmt.Sprintf("room for %d of %d sessions in each replica, so that %d %% of the requests find theirs", room, hitUsers, p),
			fmt.Sprintf("--near-max=%d", room))
		s.StoreOps, s.StoreSlack, s.Shown = missOps*(1-h), missOps*0.05, settling
		rows = append(rows, s)
	}
	return rows
}

// remembered has every token verified before anything is measured, as it is when users come again.
func remembered(of string) Scheme {
	s := option(of, "cache", "a token is verified once and then known by its hash: up to 20,000 of them", "--verified-cache=20000")
	s.Shown = 1
	s.Caveats = append(s.Caveats, "left out here: a token's first request, which pays for verifying it")
	return s
}

// rotated has keys been replaced often while tokens live long.
func rotated(of string) Scheme {
	s := option(of, "rotated", "seven keys that signed earlier are still honoured: each token names its own (kid)")
	s.OldKeys = 7
	return s
}

// throttled asks Redis in two commands of which none is a write, except now and then.
func throttled() Scheme {
	s := option("session-redis", "throttled", "a use is written to Redis only when a tenth of the idle lifetime has gone", "--session-throttle=3m")
	s.StoreOps = 2
	return s
}

// option is the row of that name with other flags besides.
func option(of, name, what string, flags ...string) Scheme {
	i := slices.IndexFunc(Schemes, func(s Scheme) bool { return s.Name == of })
	s := Schemes[i]
	s.Name = of + "-" + name
	s.Flags = slices.Concat(s.Flags, flags)
	s.Caveats = append([]string{what}, s.Caveats...)
	return s
}
