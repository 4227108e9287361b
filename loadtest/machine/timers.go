package machine

import (
	"context"
	"runtime"
	"slices"
	"time"

	"authlab/loadtest/record"

	"golang.org/x/sys/unix"
)

// Naps sleeps as the pacer of an open loop does, the given number of times, and returns how late it woke.
func Naps(ctx context.Context, length time.Duration, times int) record.Nap {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var late []time.Duration
	for i := 0; i < times && ctx.Err() == nil; i++ {
		nap := unix.NsecToTimespec(int64(length))
		began := time.Now()
		if unix.Nanosleep(&nap, nil) == nil { // otherwise a signal of the runtime ended it early
			late = append(late, time.Since(began)-length)
		}
	}
	n := record.Nap{Length: length, Times: len(late)}
	if n.Times > 0 {
		slices.Sort(late)
		n.P50, n.P99 = late[n.Times/2], late[n.Times*99/100]
	}
	return n
}

// WatchCPUClock reads this process's CPU clock until it has seen the given number of steps. It stops earlier after the
// time for ten of the largest known steps, 10 ms each.
func WatchCPUClock(steps int) record.CPUClock {
	var seen []time.Duration
	began, last := time.Now(), cpuTime()
	for len(seen) < steps && time.Since(began) < 100*time.Millisecond {
		if t := cpuTime(); t != last {
			seen, last = append(seen, t-last), t
		}
	}
	if len(seen) == 0 {
		return record.CPUClock{}
	}
	slices.Sort(seen)
	return record.CPUClock{Step: seen[len(seen)/2], Steps: len(seen)}
}

func cpuTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
