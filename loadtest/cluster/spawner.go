package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// spawner forks children that cannot outlive the lab. The kernel sends a child its parent-death signal when the thread that
// forked it ends, not when the process does, and Go ends threads as it likes. So one thread, locked to one goroutine, does
// all the forking and lives as long as the lab. Being the only one that forks, it can also carry the cores and the cgroup
// that a child is to start in: children inherit both, and so are in place before their first instruction.
type spawner struct {
	forks  chan func()
	closed chan struct{}
	free   unix.CPUSet // the cores that the lab itself started with
}

func openSpawner() (*spawner, error) {
	s := &spawner{forks: make(chan func()), closed: make(chan struct{})}
	if err := unix.SchedGetaffinity(0, &s.free); err != nil {
		return nil, fmt.Errorf("cannot tell which cores this process may use: %w", err)
	}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and with it all children
		for {
			select {
			case fork := <-s.forks:
				fork()
			case <-s.closed:
				return
			}
		}
	}()
	return s, nil
}

// close ends the thread. Children that are still there die.
func (s *spawner) close() { close(s.closed) }

// program is what can be started.
type program struct {
	image string // that it is in; "" where it is installed on this machine
	path  string
}

// birth is how a child is to start.
type birth struct {
	program
	args    []string
	env     []string            // added to the lab's own
	cpus    []int               // nil: the lab's
	group   *group              // nil: the lab's
	files   []*os.File          // from descriptor 3 on
	as      *syscall.Credential // nil: the lab's own account
	scratch []string            // folders besides /tmp that a container gets for itself alone, in memory
}

// start forks the child with its output on the returned pipe and its errors in the log.
func (s *spawner) start(b birth, log *os.File) (*exec.Cmd, *os.File, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer write.Close()
	cmd := exec.Command(b.path, b.args...)
	cmd.Env = environment(os.Environ(), b.env...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = write, log, b.files
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true, // Ctrl-C on the terminal is for the lab, which then stops its children in order
		Pdeathsig: syscall.SIGKILL, Credential: b.as,
	}
	result := make(chan error, 1)
	select {
	case s.forks <- func() { result <- s.fork(cmd, b) }:
		err = <-result
	case <-s.closed:
		err = errors.New("the lab is closed")
	}
	if err != nil {
		read.Close()
		return nil, nil, err
	}
	return cmd, read, nil
}

// fork runs on the spawner's thread.
func (s *spawner) fork(cmd *exec.Cmd, b birth) (err error) {
	cpus := s.free
	if b.cpus != nil {
		cpus = setOf(b.cpus)
	}
	if err := unix.SchedSetaffinity(0, &cpus); err != nil {
		return fmt.Errorf("cannot use the cores %v: %w", b.cpus, err)
	}
	if b.group == nil {
		return cmd.Start()
	}
	return b.group.start(cmd)
}

// environment is the lab's environment for a child, without the settings of the Go runtime that would distort what is
// measured, and with those that are meant.
func environment(own []string, added ...string) []string {
	own = slices.DeleteFunc(slices.Clone(own), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG"}, name)
	})
	return append(own, added...)
}
