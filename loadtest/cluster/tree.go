package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// processTree is a program that works in several processes, as PostgreSQL does with one for each connection. What a child used that
// has ended meanwhile stays counted.
type processTree struct {
	mu   sync.Mutex
	used map[int]time.Duration // CPU by process
}

// members are the processes of a tree, the parent first.
func members(parent int) []int {
	all := []int{parent}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				all = append(all, members(pid)...)
			}
		}
	}
	return all
}

// read adds up what the members consumed. Memory that they share is counted in each.
func (t *processTree) read(parent int) (Reading, error) {
	if _, err := os.Stat(fmt.Sprintf("/proc/%d/task/%[1]d/children", parent)); err != nil {
		return Reading{}, fmt.Errorf("this kernel does not tell which processes it works in: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used == nil {
		t.used = map[int]time.Duration{}
	}
	var sum Reading
	for _, pid := range members(parent) {
		one, err := readProcess(pid)
		if err != nil && pid == parent {
			return sum, err
		}
		if err != nil { // it ended between the two calls
			continue
		}
		t.used[pid] = max(t.used[pid], one.CPU)
		sum.Switches += one.Switches
		sum.Resident += one.Resident
	}
	for _, cpu := range t.used {
		sum.CPU += cpu
	}
	return sum, nil
}

// readProcess reads what one process consumed.
func readProcess(pid int) (Reading, error) {
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
