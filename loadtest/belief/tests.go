package belief

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/experiment/memory"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// The schemes that beliefs are about.
const (
	inRedis  = "session-redis"
	inMemory = "session-memory"
	pinned   = "session-sticky"
	cached   = "session-near"
	plain    = "token-hs256"
	listed   = "token-denylist"
	rsa      = "token-rs256"
)

// nothing is what a test says of a run that lacks what it needs.
var nothing message.Message

// scale: sessions do not scale. A larger store decides whether theirs holds them back.
func scale(a *analysis.Analysis) (ruling, message.Message) {
	for _, b := range a.Bends {
		switch {
		case b.Name != inRedis:
		case b.Reached():
			return only(message.New("belief.only-full")), message.New("belief.scale-until",
				"at", page.Interval(b.At, page.Significant))
		case b.Free() && b.Relieved.Low <= 1:
			return fails, message.New("belief.scale-free", "replicas", page.Replicas(b.Replicas),
				"ratio", page.Ratio(b.Relieved))
		}
	}
	return untested, nothing
}

// lookup: a token avoids the look-up in the database.
func lookup(a *analysis.Analysis) (ruling, message.Message) {
	token, session := costOf(a, plain), costOf(a, inRedis)
	if token == nil || session == nil {
		return untested, nothing
	}
	if list := costOf(a, listed); list != nil && list.StoreOps > 0.5 {
		return only(message.New("belief.only-plain")), message.New("belief.lookup-listed",
			"session", digits(session.StoreOps),
			"list", digits(list.StoreOps), "ratio", page.Ratio(a.CostRatio(listed, inRedis)))
	}
	return holds, message.New("belief.lookup-found", "session", digits(session.StoreOps))
}

// hybrid: 99 % of the requests need no store, and logins can be ended: at the next refresh. The delays of a plain token
// count from its expiry, because nothing ends it sooner.
func hybrid(a *analysis.Analysis) (ruling, message.Message) {
	d, ok := delayOf(a, plain)
	if !ok {
		return untested, nothing
	}
	return only(message.New("belief.only-late")), message.New("belief.hybrid-found", "worst", page.Duration(d.AtWorst()))
}

// revoke: a token cannot be revoked.
func revoke(a *analysis.Analysis) (ruling, message.Message) {
	d, ok := delayOf(a, listed)
	if !ok {
		return untested, nothing
	}
	if d.Broken || d.Never > 0 {
		return holds, message.New("belief.revoke-broken", "never", d.Never)
	}
	r := a.CostRatio(listed, plain)
	if !known(r) {
		return fails, message.New("belief.revoke-found", "worst", page.Duration(d.AtWorst()), "ends", d.Logins)
	}
	return fails, message.New("belief.revoke-cost", "worst", page.Duration(d.AtWorst()), "ends", d.Logins,
		"ratio", page.Ratio(r))
}

// short: tokens that expire soon are enough.
func short(a *analysis.Analysis) (ruling, message.Message) {
	d, ok := delayOf(a, plain)
	if !ok {
		return untested, nothing
	}
	return only(message.New("belief.only-late")), message.New("belief.short-found", "worst", page.Duration(d.AtWorst()))
}

// stale: a cache makes sessions stale.
func stale(a *analysis.Analysis) (ruling, message.Message) {
	d, ok := delayOf(a, cached)
	if !ok {
		return untested, nothing
	}
	return only(message.New("belief.only-moment", "worst", page.Duration(d.AtWorst()))), message.New("belief.stale-found",
		"longest", page.Duration(d.Longest), "worst", page.Duration(d.AtWorst()), "ends", d.Logins)
}

// sticky: sticky sessions solve it.
func sticky(a *analysis.Analysis) (ruling, message.Message) {
	var alone, held *analysis.Throughput
	for i := range a.Scaling {
		switch t := &a.Scaling[i]; t.Name { // sizes rise: the largest is the last
		case inMemory:
			alone = t
		case pinned:
			held = t
		}
	}
	if alone == nil || held == nil || alone.Replicas != held.Replicas || held.Replicas == 1 || !known(held.Control) {
		return untested, nothing
	}
	return only(message.New("belief.only-alive")), message.New("belief.sticky-found",
		"replicas", page.Replicas(held.Replicas), "lost", alone.Lost,
		"share", page.Ratio(held.Control))
}

// memorySize: sessions fill the server's memory.
func memorySize(a *analysis.Analysis) (ruling, message.Message) {
	for _, found := range a.Experiments {
		f, ok := found.Findings.(*memory.Findings)
		if !ok {
			continue
		}
		for _, g := range f.Growth {
			if g.Name == inRedis && g.Store != nil && known(g.Store.Bytes) {
				return only(message.New("belief.only-store")), message.New("belief.memory-found",
					"bytes", page.Interval(g.Store.Bytes, page.Significant), "million", fmt.Sprintf("%.1f", g.Store.Bytes.Center/1e3))
			}
		}
	}
	return untested, nothing
}

// signing: checking signatures is expensive.
func signing(a *analysis.Analysis) (ruling, message.Message) {
	token, redis := costOf(a, plain), costOf(a, inRedis)
	if token == nil || redis == nil || !known(token.Added) || !known(redis.Added) {
		return untested, nothing
	}
	says := message.New("belief.signing-found", "token", page.Interval(token.Added, page.Significant),
		"session", page.Interval(redis.Added, page.Significant))
	if token.Added.Low > redis.Added.High {
		return holds, says
	}
	if slow := costOf(a, rsa); slow != nil && known(slow.Added) && slow.Added.Low > redis.Added.High {
		return only(message.New("belief.only-rsa")), message.New("belief.signing-depends",
			"token", page.Interval(token.Added, page.Significant), "session", page.Interval(redis.Added, page.Significant),
			"rsa", page.Interval(slow.Added, page.Significant))
	}
	return fails, says
}

// rs256: RS256 costs about as much as HS256.
func rs256(a *analysis.Analysis) (ruling, message.Message) {
	r := a.CostRatio(rsa, plain)
	switch {
	case !known(r):
		return untested, nothing
	case r.Low > 1:
		return fails, message.New("belief.rs256-found", "ratio", page.Ratio(r))
	}
	return holds, message.New("belief.rs256-found", "ratio", page.Ratio(r))
}

// size: the size of a token costs nothing on the server.
func size(a *analysis.Analysis) (ruling, message.Message) {
	largest := ""
	for _, c := range a.Demand { // sizes rise
		if strings.HasPrefix(c.Name, plain+"-claims-") {
			largest = c.Name
		}
	}
	r := a.CostRatio(largest, plain)
	switch {
	case largest == "" || !known(r):
		return untested, nothing
	case r.Low > 1:
		return fails, message.New("belief.size-found", "bytes", strings.TrimPrefix(largest, plain+"-claims-"),
			"ratio", page.Ratio(r))
	}
	return holds, message.New("belief.size-found", "bytes", strings.TrimPrefix(largest, plain+"-claims-"),
		"ratio", page.Ratio(r))
}

// known reports whether there is an interval to decide by.
func known(e stats.Estimate) bool { return e.Known() && e.Why.IsZero() }

func digits(v float64) string { return fmt.Sprintf("%.1f", v) }

// costOf is the cost of a scheme that was measured.
func costOf(a *analysis.Analysis, scheme string) *analysis.Cost {
	for i, c := range a.Demand {
		if c.Name == scheme && c.CPU.Known() && c.Withheld.IsZero() {
			return &a.Demand[i]
		}
	}
	return nil
}

// delayOf is how soon ended logins of a scheme were refused.
func delayOf(a *analysis.Analysis, scheme string) (delays.Delay, bool) {
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(*delays.Findings); ok {
			for _, d := range f.Delays {
				if d.Name == scheme {
					return d, true
				}
			}
		}
	}
	return delays.Delay{}, false
}
