package belief

import (
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// faster: tokens are faster than sessions.
func faster(a *analysis.Analysis) (ruling, message.Message) {
	redis, memory := a.CostRatio(plain, inRedis), a.CostRatio(plain, inMemory)
	if !known(redis) || !known(memory) {
		return untested, nothing
	}
	r, in := ruling{Verdict: Depends}, nothing
	switch {
	case redis.High < 1 && memory.High < 1:
		r = holds
	case redis.Low > 1:
		r = fails
	default:
		in = where(a, redis)
		r.words = parts[in.Key]
	}
	return r, message.New("belief.faster-found", "where", in, "redis", page.Ratio(redis), "memory", page.Ratio(memory),
		"median", median(a))
}

// parts are the verdicts of where tokens are faster, by what where says.
var parts = map[string]message.Message{
	"belief.faster-than-store": message.New("belief.only-redis"),
	"belief.faster-below":      message.New("belief.only-below"),
	"belief.faster-to-answer":  message.New("belief.only-latency"),
	"belief.faster-unseen":     message.New("belief.only-unseen"),
}

// where says in what tokens are faster, where the claim holds in part: a reader looks for that, not for ratios.
func where(a *analysis.Analysis, redis stats.Estimate) message.Message {
	session, token, ok := medians(a)
	switch {
	case redis.High < 1:
		return message.New("belief.faster-than-store")
	case ok && session.Load.Resolved && token.Load.Added.Why.IsZero() &&
		token.Load.Added.High < session.Load.Added.Low:
		return message.New("belief.faster-below", "rate", session.Rate,
			"redis", page.Interval(session.Load.Added, page.Significant),
			"token", page.Interval(token.Load.Added, page.Significant))
	case ok && known(session.Median) && known(token.Median) && token.Median.High < session.Median.Low:
		return message.New("belief.faster-to-answer")
	}
	return message.New("belief.faster-unseen")
}

// said28 is how many times as long sessions took in the paper: 7870 ms against 279 ms.
const said28 = 7870.0 / 279

// times: sessions in Redis take 28 times as long as tokens.
func times(a *analysis.Analysis) (ruling, message.Message) {
	r := a.CostRatio(inRedis, plain)
	says := message.New("belief.times-found", "ratio", page.Ratio(r), "median", median(a))
	switch {
	case !known(r):
		return untested, nothing
	case r.High < said28:
		return fails, says
	}
	return holds, says
}

// median says how long the median request takes with either, for claims about time; nothing where it was not measured.
func median(a *analysis.Analysis) message.Message {
	redis, token, ok := medians(a)
	if !ok {
		return nothing
	}
	return message.New("belief.median", "session", page.Duration(redis.Sent.P50), "token",
		page.Duration(token.Sent.P50), "rate", redis.Rate)
}

// medians are the latencies at the lowest rate, and whether both were measured at it.
func medians(a *analysis.Analysis) (redis, token analysis.Latency, ok bool) {
	at := map[string]analysis.Latency{}
	for _, l := range a.Latency { // the lowest rate comes first
		if _, seen := at[l.Name]; !seen {
			at[l.Name] = l
		}
	}
	redis, token = at[inRedis], at[plain]
	return redis, token, redis.Sent.P50 != 0 && token.Sent.P50 != 0 && redis.Rate == token.Rate
}

// latency: the median request takes 10 ms longer with sessions than with tokens. This lab has no network, which the
// claim may have: the verdict says so.
func latency(a *analysis.Analysis) (ruling, message.Message) {
	redis, token, ok := medians(a)
	if !ok {
		return untested, nothing
	}
	r := ruling{Fails, message.New("belief.fails-loopback")}
	if redis.Sent.P50-token.Sent.P50 >= 10*time.Millisecond {
		r = holds
	}
	return r, message.New("belief.latency-found", "session", page.Duration(redis.Sent.P50), "token",
		page.Duration(token.Sent.P50), "rate", redis.Rate)
}
