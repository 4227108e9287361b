package cluster

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// CPUs lists the cores that the lab may use.
func CPUs() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("cannot tell which cores this process may use: %w", err)
	}
	var cpus []int
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// PinSelf keeps every thread of the lab on the given cores until restore is called. It does not affect children that
// start meanwhile: each is given its own cores when it is forked.
func PinSelf(cpus []int) (restore func(), err error) {
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return nil, fmt.Errorf("cannot tell which cores this process may use: %w", err)
	}
	restore = func() { pinThreads(before) }
	if err := pinThreads(setOf(cpus)); err != nil {
		restore()
		return nil, fmt.Errorf("cannot keep the load generator on core %v: %w", cpus, err)
	}
	return restore, nil
}

// PinAlone is PinSelf with one working thread: on one core, a second thread would only take turns with the first.
func PinAlone(cpus []int) (restore func(), err error) {
	unpin, err := PinSelf(cpus)
	if err != nil {
		return nil, err
	}
	threads := runtime.GOMAXPROCS(1)
	return func() { runtime.GOMAXPROCS(threads); unpin() }, nil
}

// pinThreads moves every thread of this process. A new thread inherits the cores of its creator, so the walk ends when
// it meets no thread that it has not already moved.
func pinThreads(set unix.CPUSet) error {
	moved := map[int]bool{}
	for {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		anew := false
		for _, thread := range threads {
			tid, err := strconv.Atoi(thread.Name())
			if err != nil || moved[tid] {
				continue
			}
			if err := unix.SchedSetaffinity(tid, &set); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
			moved[tid], anew = true, true
		}
		if !anew {
			return nil
		}
	}
}

func setOf(cpus []int) unix.CPUSet {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return set
}
