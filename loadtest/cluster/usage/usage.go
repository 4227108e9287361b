package usage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Reading is what a process has used since it started, and the memory that it holds now.
type Reading struct {
	CPU       time.Duration // user and system, exact at the moment of the reading
	Throttled time.Duration // how long its budget, or a limit around the lab, kept it from running; 0 without a limit
	Switches  int64         // context switches, voluntary and not
	Resident  int64         // bytes
}

// process reads what one process has used.
func process(pid int) (Reading, error) {
	var r Reading
	var err error
	if r.CPU, err = clock(cpuClock(pid)); err != nil {
		return r, err
	}
	if r.Switches, err = switches(pid); err != nil {
		return r, fmt.Errorf("reading context switches: %w", err)
	}
	if r.Resident, err = resident(pid); err != nil {
		return r, fmt.Errorf("reading memory: %w", err)
	}
	return r, nil
}

// Own reads what this process has used, including the context switches of threads that have ended.
func Own() (Reading, error) {
	var r Reading
	var err error
	if r.CPU, err = clock(unix.CLOCK_PROCESS_CPUTIME_ID); err != nil {
		return r, err
	}
	var all unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &all); err != nil {
		return r, fmt.Errorf("reading the lab's context switches: %w", err)
	}
	r.Switches = all.Nvcsw + all.Nivcsw
	r.Resident, err = resident(os.Getpid())
	return r, err
}

// cpuClock is the kernel's CPU clock of another process. Unlike /proc/PID/stat, which counts in ticks of 10 ms, it is
// exact even while the process runs. The encoding is that of clock_getcpuclockid(3).
func cpuClock(pid int) int32 {
	const perProcessSched = 2
	return int32(^pid<<3 | perProcessSched)
}

func clock(id int32) (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		return 0, fmt.Errorf("reading a CPU clock: %w", err)
	}
	return time.Duration(t.Nano()), nil
}

// resident is the process's resident memory in bytes.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc/%d/statm has an unexpected form: %q", pid, text)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// switches sums the context switches of a process's threads. It misses those of threads that have ended, which only
// getrusage of the process itself knows. Servers keep their threads.
func switches(pid int) (int64, error) {
	folder := "/proc/" + strconv.Itoa(pid) + "/task"
	threads, err := os.ReadDir(folder)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, thread := range threads {
		status, err := os.ReadFile(folder + "/" + thread.Name() + "/status")
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // it ended between the two calls
		}
		if err != nil {
			return 0, err
		}
		sum += switchesIn(status)
	}
	return sum, nil
}

// switchesIn adds the two counters at the end of a thread's status file.
func switchesIn(status []byte) int64 {
	var sum int64
	for _, key := range []string{"\nvoluntary_ctxt_switches:\t", "\nnonvoluntary_ctxt_switches:\t"} {
		_, rest, _ := bytes.Cut(status, []byte(key))
		digits, _, _ := bytes.Cut(rest, []byte("\n"))
		n, _ := strconv.ParseInt(string(digits), 10, 64)
		sum += n
	}
	return sum
}
