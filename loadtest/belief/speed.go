package belief

import (
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// faster: tokens are faster than sessions.
func faster(a *analysis.Analysis) (Verdict, message.Message) {
	redis, memory := a.CostRatio(plain, inRedis), a.CostRatio(plain, inMemory)
	if !known(redis) || !known(memory) {
		return Untested, nothing
	}
	v := Depends
	switch {
	case redis.High < 1 && memory.High < 1:
		v = Holds
	case redis.Low > 1:
		v = Fails
	}
	return v, message.New("belief.faster-found", "where", where(a, v, redis), "redis", page.Ratio(redis), "memory",
		page.Ratio(memory), "median", median(a))
}

// where says in what tokens are faster, where the claim holds in part: a reader looks for that, not for ratios.
func where(a *analysis.Analysis, v Verdict, redis stats.Estimate) message.Message {
	session, token, ok := medians(a)
	switch {
	case v != Depends:
		return nothing
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
func times(a *analysis.Analysis) (Verdict, message.Message) {
	r := a.CostRatio(inRedis, plain)
	says := message.New("belief.times-found", "ratio", page.Ratio(r), "median", median(a))
	switch {
	case !known(r):
		return Untested, nothing
	case r.High < said28:
		return Fails, says
	}
	return Holds, says
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

// latency: the median request takes 10 ms longer with sessions than with tokens.
func latency(a *analysis.Analysis) (Verdict, message.Message) {
	redis, token, ok := medians(a)
	if !ok {
		return Untested, nothing
	}
	v := Fails
	if redis.Sent.P50-token.Sent.P50 >= 10*time.Millisecond {
		v = Holds
	}
	return v, message.New("belief.latency-found", "session", page.Duration(redis.Sent.P50), "token",
		page.Duration(token.Sent.P50), "rate", redis.Rate)
}
