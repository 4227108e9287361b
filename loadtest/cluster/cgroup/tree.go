package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"authlab/loadtest/cluster/claim"
)

// Tree is where the kernel shows a hierarchy of control groups, and this process's place in it.
type Tree struct {
	Version int
	Mount   string // the folder of the mount
	Home    string // this process's group, below mount or equal to it
}

// findTree finds the hierarchy that has the cpu controller, in the text of /proc/self/mountinfo and /proc/self/cgroup.
// Where both versions are mounted, cpu belongs to version 1: a controller is in only one hierarchy.
func findTree(mountinfo, cgroup []byte) (Tree, error) {
	var one, two *Tree
	for line := range bytes.Lines(mountinfo) {
		// 36 35 98:0 /root /mount/point options … - type source superoptions
		before, after, ok := strings.Cut(string(line), " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 5 || len(right) < 3 {
			continue
		}
		t := Tree{Mount: unescape(left[4])}
		switch {
		case right[0] == "cgroup" && slices.Contains(strings.Split(right[2], ","), "cpu"):
			t.Version = 1
			t.Home = homeIn(t.Mount, unescape(left[3]), pathOf(cgroup, "cpu"))
			one = &t
		case right[0] == "cgroup2":
			t.Version = 2
			t.Home = homeIn(t.Mount, unescape(left[3]), pathOf(cgroup, ""))
			two = &t
		}
	}
	switch {
	case one != nil:
		return *one, nil
	case two != nil:
		return *two, nil
	default:
		return Tree{}, errors.New("no control groups are mounted here")
	}
}

// pathOf finds the line of a controller in /proc/self/cgroup; version 2's line names none.
func pathOf(cgroup []byte, controller string) string {
	for line := range bytes.Lines(cgroup) {
		parts := strings.SplitN(strings.TrimSuffix(string(line), "\n"), ":", 3)
		if len(parts) == 3 && slices.Contains(strings.Split(parts[1], ","), controller) {
			return parts[2]
		}
	}
	return "/"
}

// homeIn returns a group's folder. In a namespace of its own, the mount shows only the part of the hierarchy that
// begins at root.
func homeIn(mount, root, path string) string {
	below, err := filepath.Rel(root, path)
	if err != nil || strings.HasPrefix(below, "..") {
		below = "."
	}
	return filepath.Join(mount, below)
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	for _, c := range []string{" ", "\t", "\n"} {
		s = strings.ReplaceAll(s, fmt.Sprintf(`\%03o`, c[0]), c)
	}
	return strings.ReplaceAll(s, `\134`, `\`)
}

// This returns the hierarchy of this machine, with the group that this process was started in.
func This() (Tree, error) {
	t, err := treeOf("/proc/self/cgroup")
	if filepath.Base(t.Home) == leaf { // prepare has already run
		t.Home = filepath.Dir(t.Home)
	}
	return t, err
}

// Open makes the lab's folder in the tree, and removes the folders of dead labs. The error is one sentence that says
// why budgets are impossible.
func (t Tree) Open(nonce string) (*Controller, error) {
	if t.Version == 1 {
		claim.Sweep(t.Home, removeTree)
		return t.openIn(t.Home, nonce)
	}
	refused := errors.New("the cpu controller is not handed down to any group that this user may add to")
	for _, dir := range t.Upwards() {
		if err := t.prepare(dir); err != nil {
			refused = err
			continue
		}
		claim.Sweep(dir, removeTree)
		c, err := t.openIn(dir, nonce)
		if err == nil {
			return c, nil
		}
		refused = err
	}
	return nil, refused
}

func inside(mount, dir string) bool {
	return dir == mount || strings.HasPrefix(dir, strings.TrimSuffix(mount, "/")+"/")
}

// leaf is where the lab puts itself in a group that was delegated to it alone: a version 2 group cannot both hold
// processes and hand controllers down.
const leaf = "authlab-self"

// prepare makes sure that the children of dir, a version 2 group, have the cpu controller. It changes only groups that
// the lab does not share: a group whose only process is this one, and the root, which every process may share.
func (t Tree) prepare(dir string) error {
	if has(dir, "cgroup.subtree_control", "cpu") {
		return nil
	}
	if !has(dir, "cgroup.controllers", "cpu") {
		return fmt.Errorf("the group %s was given no cpu controller", dir)
	}
	_, err := os.Stat(filepath.Join(dir, "cgroup.type"))
	root := errors.Is(err, fs.ErrNotExist)
	if !root {
		procs, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(procs)) != strconv.Itoa(os.Getpid()) {
			return fmt.Errorf("the group %s is shared with other processes", dir)
		}
		below := filepath.Join(dir, leaf)
		if err := os.Mkdir(below, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := writeFile(filepath.Join(below, "cgroup.procs"), strconv.Itoa(os.Getpid())); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(dir, "cgroup.subtree_control"), "+cpu")
}

// has reports whether one of a group's files contains a word.
func has(dir, file, word string) bool {
	text, err := os.ReadFile(filepath.Join(dir, file))
	return err == nil && slices.Contains(strings.Fields(string(text)), word)
}

// openIn makes the lab's folder in dir, and checks that it can hold a budget.
func (t Tree) openIn(dir, nonce string) (*Controller, error) {
	c := &Controller{version: t.Version, dir: filepath.Join(dir, claim.Prefix+nonce), home: t.Home}
	var err error
	if c.held, err = claim.Make(c.dir, 0o755); err != nil {
		return nil, err
	}
	if t.Version == 2 {
		err = writeFile(filepath.Join(c.dir, "cgroup.subtree_control"), "+cpu")
	}
	if err == nil {
		var g *Group
		if g, err = c.Group("trial"); err == nil {
			err = errors.Join(g.Limit(1), g.Remove())
		}
	}
	if err != nil {
		c.Remove()
		return nil, err
	}
	return c, nil
}
