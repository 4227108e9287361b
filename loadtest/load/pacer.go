package load

import (
	"math/rand/v2"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"authlab/loadtest/plan"
)

// schedule returns when each request of an open loop is due, counted from its start. Their number is what rate asks for
// in window. The same seed gives the same schedule.
func schedule(rate float64, window time.Duration, arrivals plan.Arrivals, seed uint64) []time.Duration {
	r := rand.New(rand.NewPCG(seed, 1))
	gap := float64(time.Second) / rate
	var due []time.Duration
	for at := 0.0; ; {
		if arrivals == plan.Constant {
			at += gap
		} else {
			at += r.ExpFloat64() * gap // a Poisson process: gaps are exponential
		}
		if time.Duration(at) >= window {
			return due
		}
		due = append(due, time.Duration(at))
	}
}

// pacer makes Vegeta send request i when it is due. Vegeta alone would sleep, and wake up to a millisecond late. The
// pacer sleeps in the kernel until shortly before, and then spins. It serves one attack.
type pacer struct {
	due   []time.Duration
	began time.Time
}

// spin is how long before a request is due the pacer stops sleeping: longer than the kernel's timers are late.
const spin = 100 * time.Microsecond

// Pace waits until request number hits is due.
func (p *pacer) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	// The worker that just received a request is next in this processor's queue. Yielding runs it at once. Otherwise
	// another thread would have to wake for it, which takes longer than many a request.
	runtime.Gosched()
	if p.began.IsZero() {
		p.began = time.Now().Add(-elapsed)
	}
	if hits >= uint64(len(p.due)) {
		return 0, true
	}
	due := p.due[hits]
	if left := due - time.Since(p.began); left > spin {
		nap := unix.NsecToTimespec(int64(left - spin))
		unix.Nanosleep(&nap, nil) // a signal ends it early, which only extends the spinning
	}
	for time.Since(p.began) < due {
	}
	return 0, false
}

// Rate is for Vegeta's own reports, which this lab does not use.
func (p *pacer) Rate(time.Duration) float64 { return 0 }
