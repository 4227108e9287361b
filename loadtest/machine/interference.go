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

// Moment is the time that all cores have worked since the machine started, in ticks, and the lab's share of it.
type Moment struct {
	busy, steal, total int64
	others             int64         // of visible processes outside the lab
	own                time.Duration // CPU time of the lab and of its children that have ended
}

// ticksPerSecond is the unit of /proc/stat, on every machine.
const ticksPerSecond = 100

// Now reads /proc/stat. Where that is not readable, the moment is empty.
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

// processTicks is the CPU time of all processes but one, including their children that have ended. The sum loses
// nothing when a process ends, because its parent inherits its time.
func processTicks(but int) int64 {
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	var sum int64
	for _, path := range paths {
		if path == "/proc/"+strconv.Itoa(but)+"/stat" {
			continue
		}
		if text, err := os.ReadFile(path); err == nil { // otherwise it has just ended
			sum += parseProcess(text)
		}
	}
	return sum
}

// parseProcess adds utime, stime, cutime and cstime in /proc/PID/stat. The name before them is in parentheses, and may
// contain parentheses.
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

// parseStat reads the first line of /proc/stat: cpu user nice system idle iowait irq softirq steal …. Interrupts do
// not count as busy: the load's own packets cause most of them, and only some kernels charge them to processes.
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

// Until says how much others used between this moment and a later one. The lab's children must have ended between the
// two, or not have started yet.
func (m Moment) Until(later Moment) *record.Interference {
	total := float64(later.total - m.total)
	if total <= 0 {
		return nil
	}
	// Neither figure covers everything. In a container, the processes of other containers are invisible. And the use of
	// all cores minus the lab's is too small where the kernel charges interrupts to the lab.
	others := max(float64(later.others-m.others), float64(later.busy-m.busy)-(later.own-m.own).Seconds()*ticksPerSecond)
	return &record.Interference{Others: max(0, others/total), Steal: max(0, float64(later.steal-m.steal)/total)}
}
