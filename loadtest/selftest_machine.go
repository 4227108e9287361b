package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"authlab/loadtest/measure"
)

func thisMachine(cores int) measure.Machine {
	return measure.Machine{
		CPU: cpuModel(), Cores: cores, Kernel: kernel(),
		Governor: firstLineOf("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"), Load: firstLineOf("/proc/loadavg"),
	}
}

// look watches the machine while the lab does nothing, and returns the moment from which it does something.
func (s *selftest) look(ctx context.Context) moment {
	before := now()
	select {
	case <-time.After(s.form.look):
	case <-ctx.Done():
	}
	after := now()
	s.result.Machine.Before = before.until(after)
	return after
}

// moment is what all cores have done since the machine started, in ticks, and what the lab used of it.
type moment struct {
	busy, steal, total int64
	others             int64         // of the processes that can be seen and are not the lab
	own                time.Duration // CPU time of the lab and of its children that ended
}

// ticksPerSecond is the unit of /proc/stat, on whatever machine.
const ticksPerSecond = 100

// now reads /proc/stat; where it tells nothing, the moment is empty.
func now() moment {
	text, _ := os.ReadFile("/proc/stat")
	m, ok := parseStat(text)
	if !ok {
		return moment{}
	}
	m.others = processTicks(os.Getpid())
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var use unix.Rusage
		if unix.Getrusage(who, &use) == nil {
			m.own += time.Duration(use.Utime.Nano() + use.Stime.Nano())
		}
	}
	return m
}

// processTicks is what all processes but one have used, with those of their children that ended: a sum to which nothing is lost
// when a process ends, because its parent inherits it.
func processTicks(but int) int64 {
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	var sum int64
	for _, path := range paths {
		if path == "/proc/"+strconv.Itoa(but)+"/stat" {
			continue
		}
		if text, err := os.ReadFile(path); err == nil { // else it ended just now
			sum += parseProcess(text)
		}
	}
	return sum
}

// parseProcess adds utime, stime, cutime and cstime in /proc/PID/stat. The name before them is in parentheses and may hold any.
func parseProcess(text []byte) int64 {
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return 0
	}
	var sum int64
	for _, field := range fields[11:15] {
		n, _ := strconv.ParseInt(string(field), 10, 64)
		sum += n
	}
	return sum
}

// parseStat reads the first line of /proc/stat: cpu user nice system idle iowait irq softirq steal …. Interrupts are not taken
// for busy: the load's own packets cause most of them, and some kernels charge them to processes and some do not.
func parseStat(text []byte) (m moment, ok bool) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return m, false
	}
	var ticks [8]int64
	for i := range ticks {
		n, err := strconv.ParseInt(string(fields[i+1]), 10, 64)
		if err != nil {
			return m, false
		}
		ticks[i] = n
		m.total += n
	}
	m.busy, m.steal = ticks[0]+ticks[1]+ticks[2], ticks[7]
	return m, true
}

// until says what others took from one moment to a later one. The lab's children must have ended between the two, or not yet
// have been started.
func (m moment) until(later moment) *measure.Weather {
	total := float64(later.total - m.total)
	if total <= 0 {
		return nil
	}
	// Neither figure sees all. In a container other containers' processes cannot be seen; and what all cores did, less what the
	// lab used, is too little where the kernel charges the lab for interrupts.
	others := max(float64(later.others-m.others), float64(later.busy-m.busy)-(later.own-m.own).Seconds()*ticksPerSecond)
	return &measure.Weather{Others: max(0, others/total), Steal: max(0, float64(later.steal-m.steal)/total)}
}

// timers measures how late naps end, and in which steps CPU time is counted.
func (s *selftest) timers(ctx context.Context) error {
	for _, length := range []time.Duration{100 * time.Microsecond, time.Millisecond} {
		s.result.Naps = append(s.result.Naps, naps(ctx, length, s.form.naps))
	}
	s.result.CPUClock = watchCPUClock(s.form.steps)
	return nil
}

// naps sleeps as the pacer of an open loop does.
func naps(ctx context.Context, length time.Duration, times int) measure.Nap {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var late []time.Duration
	for i := 0; i < times && ctx.Err() == nil; i++ {
		nap := unix.NsecToTimespec(int64(length))
		began := time.Now()
		if unix.Nanosleep(&nap, nil) == nil { // else a signal of the runtime ended it early
			late = append(late, time.Since(began)-length)
		}
	}
	n := measure.Nap{Length: length, Times: len(late)}
	if n.Times > 0 {
		slices.Sort(late)
		n.P50, n.P99 = late[n.Times/2], late[n.Times*99/100]
	}
	return n
}

// watchCPUClock reads this process's CPU clock until it has made so many steps, or has had time for ten of the largest that are
// known, 10 ms.
func watchCPUClock(steps int) measure.CPUClock {
	var seen []time.Duration
	began, last := time.Now(), cpuTime()
	for len(seen) < steps && time.Since(began) < 100*time.Millisecond {
		if t := cpuTime(); t != last {
			seen, last = append(seen, t-last), t
		}
	}
	if len(seen) == 0 {
		return measure.CPUClock{}
	}
	slices.Sort(seen)
	return measure.CPUClock{Step: seen[len(seen)/2], Steps: len(seen)}
}

func cpuTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
