package simulation

import (
	"math"
	"math/rand/v2"
	"time"

	"authlab/loadtest/model"
)

// thread serves one request at a time. Times are ns since the start of the run.
type thread struct {
	free   int64 // when it has finished everything it was given
	quota  int64 // ns of CPU a period
	period int64
	most   int64 // ns of CPU it may hold at once: the quota and the slack
	left   int64 // ns of CPU it has
	next   int64 // when it gets the next quota
}

// serve takes a request that needs work ns of CPU, and returns when the request is finished. Requests arrive in order
// of time.
func (t *thread) serve(arrival, work int64) int64 {
	now := max(arrival, t.free)
	if t.quota >= t.period { // an entire core is never frozen
		t.free = now + work
		return t.free
	}
	for t.refill(now); work > 0; t.refill(now) {
		ran := min(work, t.left, t.next-now)
		now, work, t.left = now+ran, work-ran, t.left-ran
		if work > 0 && t.left == 0 {
			now = t.next // frozen
		}
	}
	t.free = now
	return now
}

// refill grants the quotas of the periods that have begun by now. Unused CPU time is lost, except for the slack.
func (t *thread) refill(now int64) {
	if now < t.next {
		return
	}
	periods := (now-t.next)/t.period + 1
	t.next += periods * t.period
	t.left = min(t.left+periods*t.quota, t.most)
}

// process is threads that share a queue.
type process []thread

// serve gives the request to the thread that is free first.
func (p process) serve(arrival, work int64) int64 {
	first := &p[0]
	for i := 1; i < len(p); i++ {
		if p[i].free < first.free {
			first = &p[i]
		}
	}
	return first.serve(arrival, work)
}

// station is a tier: equal processes, whose periods begin at independent times.
type station struct {
	model.Tier
	processes []process
	busy      []float64 // ns of CPU in the window, by process
}

func newStation(t model.Tier, processes int, period, slack time.Duration, random *rand.Rand) station {
	s := station{Tier: t, processes: make([]process, processes), busy: make([]float64, processes)}
	threads := max(1, int64(math.Ceil(t.Cores)))
	quota := max(1, int64(math.Round(t.Cores/float64(threads)*float64(period))))
	for i := range s.processes {
		for range threads {
			most := quota + int64(slack)/threads
			s.processes[i] = append(s.processes[i],
				thread{quota: quota, period: int64(period), most: most, left: most, next: 1 + random.Int64N(int64(period))})
		}
	}
	return s
}

// used returns the shares of their budgets that the processes used in a window: their mean and the largest.
func (s station) used(window time.Duration) (mean, most float64) {
	if s.Demand == 0 {
		return 0, 0
	}
	for _, ns := range s.busy {
		share := ns / (s.Cores * float64(window))
		mean, most = mean+share/float64(len(s.busy)), math.Max(most, share)
	}
	return mean, most
}
