package plan

import (
	"fmt"
	"math"
	"slices"
)

// Options are schemes that differ from one of Schemes in a single point, for plans that ask what it costs or saves.
var Options = slices.Concat(
	[]Scheme{
		remembered("token-hs256"),
		remembered("token-eddsa"),
		rotated("token-hs256"),
		rotated("token-eddsa"),
	},
	[]Scheme{
		option(Control, "no-ballast",
			"without the ballast that equalizes the frequency of garbage collection", "--ballast=0"),
		throttled(),
		option("session-redis", "gob", "sessions in Redis are encoded with encoding/gob", "--session-codec=gob"),
		option("session-redis", "json", "sessions in Redis are encoded with encoding/json", "--session-codec=json"),
		option("session-redis", "plain", "each command uses its own connection from a pool", "--redis-pipeline=false"),
		option("session-postgres", "throttled",
			"a use is written to PostgreSQL only after a tenth of the idle lifetime", "--session-throttle=3m"),
		option("token-push", "open",
			"while Redis is not heard, every token that is not known to be revoked is accepted", "--push-lost=open"),
		option("session-memory", "no-ballast",
			"without the ballast that equalizes the frequency of garbage collection", "--ballast=0"),
	},
	hits(0, 25, 50, 75),
	claims("token-hs256", 512, 1024, 2048, 4096, 6144),
)

// claims returns schemes whose tokens carry more claims, up to the given sizes in bytes; those of the plain scheme have
// about 200.
func claims(of string, sizes ...int) []Scheme {
	var schemes []Scheme
	for _, bytes := range sizes {
		schemes = append(schemes, option(of, fmt.Sprintf("claims-%d", bytes),
			fmt.Sprintf("%d bytes of claims", bytes), fmt.Sprintf("--claims-bytes=%d", bytes)))
	}
	return schemes
}

const (
	hitUsers = 10_000 // the users that come in turn to the schemes of hits
	missOps  = 3      // the commands that Redis counts for a lookup: a script and the two commands in it
	settling = 6      // passes over all users until the order in which the cache was filled no longer matters
)

// hits returns schemes of session-near whose caches are too small for all users, so that the given percentage of
// requests finds its session in the cache. A full cache drops a random entry. U users come in turn: a share h of their
// requests hits if the cache has room for (1 − h) U ÷ −ln h sessions.
func hits(percent ...int) []Scheme {
	var schemes []Scheme
	for _, p := range percent {
		h, room := float64(p)/100, 1
		if p > 0 {
			room = int(math.Round((1 - h) * hitUsers / -math.Log(h)))
		}
		what := fmt.Sprintf("each replica has room for %d of %d sessions, so that %d %% of the requests find theirs",
			room, hitUsers, p)
		s := option("session-near", fmt.Sprintf("hits-%d", p), what, fmt.Sprintf("--near-max=%d", room))
		s.MissOps, s.StoreOps, s.StoreSlack, s.Shown = missOps, missOps*(1-h), missOps*0.05, settling
		schemes = append(schemes, s)
	}
	return schemes
}

// remembered has every token verified before the measurement, as for users who return.
func remembered(of string) Scheme {
	s := option(of, "cache",
		"a token is verified once and then recognized by its hash: up to 20,000 tokens", "--verified-cache=20000")
	s.Shown = 1
	s.Caveats = append(s.Caveats, "not measured: the first request of a token, which pays for the verification")
	return s
}

// rotated models keys that are replaced often while tokens live long.
func rotated(of string) Scheme {
	s := option(of, "rotated", "seven older signing keys are still accepted: each token names its key (kid)")
	s.OldKeys = 7
	return s
}

// throttled sends Redis two commands, and only rarely a write.
func throttled() Scheme {
	s := option("session-redis", "throttled",
		"a use is written to Redis only after a tenth of the idle lifetime", "--session-throttle=3m")
	s.StoreOps = 2
	return s
}

// option returns the scheme called of with additional flags.
func option(of, name, what string, flags ...string) Scheme {
	i := slices.IndexFunc(Schemes, func(s Scheme) bool { return s.Name == of })
	s := Schemes[i]
	s.Name = of + "-" + name
	s.Flags = slices.Concat(s.Flags, flags)
	s.Caveats = append([]string{what}, s.Caveats...)
	return s
}
