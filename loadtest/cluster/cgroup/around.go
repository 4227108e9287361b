package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ThrottledSelf is how long CPU limits kept this process from running: those of its own group and of the groups around
// it. Where the kernel does not tell, there is no limit.
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

// Of is the group that a process is in.
func Of(pid int) (*Group, error) {
	t, err := treeOf(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return nil, err
	}
	return &Group{c: &Controller{version: t.Version}, dir: t.Home}, nil
}

// treeOf is the hierarchy of this machine, with the group that a process's file names.
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

// Upwards are the folders of this process's group and of those around it, from the inside out.
func (t Tree) Upwards() []string {
	var dirs []string
	for dir := t.Home; inside(t.Mount, dir); dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
	}
	return dirs
}
