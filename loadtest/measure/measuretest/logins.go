package measuretest

import (
	"time"

	"authlab/loadtest/experiment/logins"
	"authlab/loadtest/plan"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// What a login costs a replica with any scheme, and how long requests take during a login storm.
const (
	CheapLogin, PasswordLogin = 200 * time.Microsecond, 30 * time.Millisecond
	Calm, Storm               = time.Millisecond, 20 * time.Millisecond
)

// logins are made with every scheme. A request costs a replica what the lab says, and starts differ by up to 1 %.
func (b *bench) logins() {
	l, ok := plan.PartOf[*logins.Part](b.run.Plan)
	if !ok {
		return
	}
	for start := range l.Starts {
		for _, s := range b.run.Plan.LoginSchemes() {
			luck := 1 + 0.01*b.rand.Float64()
			spent := func(n int, each time.Duration) logins.Spent {
				took := time.Duration(float64(n) * luck * float64(each)) // without a pause
				return logins.Spent{Requests: uint64(n), Replica: took, Elapsed: took}
			}
			steady := func(took time.Duration) logins.Steady {
				return logins.Steady{Sent: 400, OK: 400, Due: oneValue(took), Lag: oneValue(10 * time.Microsecond)}
			}
			row := logins.Line{
				Start: start, Scheme: s.Name, Request: spent(10_000, time.Duration(b.Costs[s.Name]*1e3)),
				Login:    spent(l.Logins, CheapLogin),
				Password: spent(l.Passwords, PasswordLogin), Calm: steady(Calm), Storm: steady(Storm), Stormed: 66,
				StormTime: 2 * time.Second,
			}
			b.run.Add(l.Key(), row)
		}
	}
}

// oneValue is a histogram of one value.
func oneValue(d time.Duration) string {
	h := hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
	_ = h.RecordValues(int64(d), 100)
	text, _ := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	return string(text)
}
