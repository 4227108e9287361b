package usage

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Program is a program that runs in one process, or in a tree of processes, as PostgreSQL does with one for each
// connection. The use of a process that has ended stays counted.
type Program struct {
	pid  int
	tree bool

	mu   sync.Mutex
	used map[int]time.Duration // CPU by process
}

// Of returns the program whose first process has that id; tree says that it works in several.
func Of(pid int, tree bool) *Program {
	return &Program{pid: pid, tree: tree, used: map[int]time.Duration{}}
}

// PIDs lists its processes, the first process first.
func (p *Program) PIDs() []int {
	if !p.tree {
		return []int{p.pid}
	}
	return treeFrom(p.pid)
}

func treeFrom(parent int) []int {
	all := []int{parent}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				all = append(all, treeFrom(pid)...)
			}
		}
	}
	return all
}

// Read adds up what its processes have used. Memory that they share counts in each.
func (p *Program) Read() (Reading, error) {
	if !p.tree {
		return process(p.pid)
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d/task/%[1]d/children", p.pid)); err != nil {
		return Reading{}, fmt.Errorf("this kernel does not tell which processes it works in: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var sum Reading
	for _, pid := range p.PIDs() {
		one, err := process(pid)
		if err != nil && pid == p.pid {
			return sum, err
		}
		if err != nil { // it ended between the two calls
			continue
		}
		p.used[pid] = max(p.used[pid], one.CPU)
		sum.Switches += one.Switches
		sum.Resident += one.Resident
	}
	for _, cpu := range p.used {
		sum.CPU += cpu
	}
	return sum, nil
}
