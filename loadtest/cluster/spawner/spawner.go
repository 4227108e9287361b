package spawner

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

// Spawner forks children that cannot outlive the lab. The kernel sends a child its parent-death signal when the thread
// that forked it ends, not when the process does, and Go may end any thread. So one thread, locked to one goroutine,
// does all the forking and lives as long as the lab. As the only thread that forks, it can also set the cores and the
// cgroup of a child: children inherit both, so both apply from their first instruction.
type Spawner struct {
	forks  chan func()
	closed chan struct{}
	free   unix.CPUSet // the cores that the lab itself started with
}

// Open starts the thread.
func Open() (*Spawner, error) {
	s := &Spawner{forks: make(chan func()), closed: make(chan struct{})}
	if err := unix.SchedGetaffinity(0, &s.free); err != nil {
		return nil, fmt.Errorf("cannot tell which cores this process may use: %w", err)
	}
	go s.run()
	return s, nil
}

// run forks until the spawner is closed.
func (s *Spawner) run() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and all children end with it
	if unix.Gettid() == unix.Getpid() {
		// Go parks a process's first thread instead of ending it. While this goroutine holds that thread, another thread must
		// run.
		elsewhere := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(elsewhere)
			s.serve()
		}()
		<-elsewhere
		runtime.UnlockOSThread()
		return
	}
	s.serve()
}

func (s *Spawner) serve() {
	for {
		select {
		case fork := <-s.forks:
			fork()
		case <-s.closed:
			return
		}
	}
}

// Close ends the thread. Children that still run die.
func (s *Spawner) Close() { close(s.closed) }

// Child says how to start a child.
type Child struct {
	Path    string // of the program
	Args    []string
	Env     []string            // added to the lab's own
	CPUs    []int               // nil: the lab's
	Files   []*os.File          // from descriptor 3 on
	As      *syscall.Credential // nil: the lab's account
	Stdout  *os.File
	Stderr  *os.File
	Confine func(*exec.Cmd) error // starts it in its control group; nil: in the lab's
}

// Start forks the child. An error is the system's, or says that the lab is closed.
func (s *Spawner) Start(c Child) (*exec.Cmd, error) {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env = environment(os.Environ(), c.Env...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = c.Stdout, c.Stderr, c.Files
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true, // Ctrl-C on the terminal is for the lab, which then stops its children in order
		Pdeathsig: syscall.SIGKILL, Credential: c.As,
	}
	result := make(chan error, 1)
	select {
	case s.forks <- func() { result <- s.fork(cmd, c) }:
		return cmd, <-result
	case <-s.closed:
		return nil, errors.New("the lab is closed")
	}
}

// fork runs on the spawner's thread.
func (s *Spawner) fork(cmd *exec.Cmd, c Child) error {
	cpus := s.free
	if c.CPUs != nil {
		cpus = unix.CPUSet{}
		for _, cpu := range c.CPUs {
			cpus.Set(cpu)
		}
	}
	if err := unix.SchedSetaffinity(0, &cpus); err != nil {
		return fmt.Errorf("cannot use the cores %v: %w", c.CPUs, err)
	}
	if c.Confine == nil {
		return cmd.Start()
	}
	return c.Confine(cmd)
}

// environment returns the lab's environment for a child. It drops the settings of the Go runtime that would distort a
// measurement, and adds those that are intended.
func environment(own []string, added ...string) []string {
	own = slices.DeleteFunc(slices.Clone(own), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG"}, name)
	})
	return append(own, added...)
}
