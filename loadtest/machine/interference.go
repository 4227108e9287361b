package machine

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"authlab/loadtest/record"

	"golang.org/x/sys/unix"
)

// Moment is what all cores have done since the machine started, in ticks, and what the lab used of it.
type Moment struct {
	busy, steal, total int64
	others             int64         // of the processes that can be seen and are not the lab
	own                time.Duration // CPU time of the lab and of its children that ended
}

// ticksPerSecond is the unit of /proc/stat, on whatever machine.
const ticksPerSecond = 100

// Now reads /proc/stat; where it tells nothing, the moment is empty.
func Now() Moment {
	text, _ := os.ReadFile("/proc/stat")
	m, ok := parseStat(text)
	if !ok {
		return Moment{}
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
func parseStat(text []byte) (m Moment, ok bool) {
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

// Until says what others took from one moment to a later one. The lab's children must have ended between the two, or not yet
// have been started.
func (m Moment) Until(later Moment) *record.Interference {
	total := float64(later.total - m.total)
	if total <= 0 {
		return nil
	}
	// Neither figure sees all. In a container other containers' processes cannot be seen; and what all cores did, less what the
	// lab used, is too little where the kernel charges the lab for interrupts.
	others := max(float64(later.others-m.others), float64(later.busy-m.busy)-(later.own-m.own).Seconds()*ticksPerSecond)
	return &record.Interference{Others: max(0, others/total), Steal: max(0, float64(later.steal-m.steal)/total)}
}
