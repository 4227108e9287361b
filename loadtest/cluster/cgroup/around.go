package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ThrottledSelf is how long CPU limits kept this process from running: the limits of its own group and of the groups
// around it. It is 0 where the kernel does not report it, because then there is no limit.
func ThrottledSelf() time.Duration {
	var sum time.Duration
	for _, g := range groupsAround() {
		if t, err := g.Throttled(); err == nil {
			sum += t
		}
	}
	return sum
}

var groupsAround = sync.OnceValue(func() []*Group {
	t, err := This()
	if err != nil {
		return nil
	}
	var groups []*Group
	for _, dir := range t.Upwards() {
		groups = append(groups, &Group{c: &Controller{version: t.Version}, dir: dir})
	}
	return groups
})

// Of returns the group that a process is in.
func Of(pid int) (*Group, error) {
	t, err := treeOf(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return nil, err
	}
	return &Group{c: &Controller{version: t.Version}, dir: t.Home}, nil
}

// treeOf returns the hierarchy of this machine, with the group that a process's cgroup file names.
func treeOf(cgroup string) (Tree, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return Tree{}, err
	}
	groups, err := os.ReadFile(cgroup)
	if err != nil {
		return Tree{}, err
	}
	return findTree(mounts, groups)
}

// Upwards lists the folders of this process's group and of the groups around it, innermost first.
func (t Tree) Upwards() []string {
	var dirs []string
	for dir := t.Home; inside(t.Mount, dir); dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
	}
	return dirs
}
