package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Tier is a layer of a cluster.
type Tier string

// The tiers.
const (
	Replica  Tier = "replica"
	Store    Tier = "store"
	Balancer Tier = "balancer"
)

// Death is a child that ended although nobody stopped it.
type Death struct {
	Process string // the arm and the process: "session-redis/replica-3"
	State   string // how it ended, as the system reports it: "exit status 1", "signal: killed"
	Tail    string // the end of its log, indented
}

// Process is one running program of a cluster. Its methods may be called from several goroutines.
type Process struct {
	name, arm string
	tier      Tier
	password  string   // a store's
	addrs     []string // the base URLs or addresses it serves, in the order it named them
	log       string   // path of its log file
	cmd       *exec.Cmd
	group     *group     // its cgroup, nil when it has no budget
	box       *container // what it runs in, nil when it is a child of the lab itself
	output    chan string
	done      chan struct{}  // closed when it was reaped
	expected  atomic.Bool    // its end is somebody's wish, or somebody else reports it
	quit      syscall.Signal // asks it to end in order
	tree      *processTree   // the processes that it works in, nil when it is one
	sql       *pgxpool.Pool  // of one connection, over which a database is asked for its counters
}

// Name is the process's name within its cluster: "replica-0", "store", "balancer".
func (p *Process) Name() string { return p.name }

// Tier is the layer it belongs to.
func (p *Process) Tier() Tier { return p.tier }

// PID is its process id on this machine; that of a child of the lab is its process group's too.
func (p *Process) PID() int {
	if p.box != nil {
		return p.box.pid
	}
	return p.cmd.Process.Pid
}

// ownPID is its process id as it knows it: a container counts anew.
func (p *Process) ownPID() int {
	if p.box != nil {
		return 1
	}
	return p.PID()
}

// Addr is where it serves: a base URL, or host:port for the store. A balancer's is its first frontend's.
func (p *Process) Addr() string {
	if len(p.addrs) == 0 {
		return ""
	}
	return p.addrs[0]
}

// String names it within the lab.
func (p *Process) String() string { return p.arm + "/" + p.name }

// Read reads what it consumed. It fails once the process ended.
func (p *Process) Read() (Reading, error) {
	var r Reading
	var err error
	if p.ended() {
		return r, fmt.Errorf("%s has ended", p)
	}
	if p.tree != nil {
		r, err = p.tree.read(p.PID())
	} else {
		r, err = readProcess(p.PID())
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", p, err)
	}
	if p.group != nil {
		if r.Throttled, err = p.group.throttled(); err != nil {
			return r, fmt.Errorf("%s: reading throttled time: %w", p, err)
		}
	}
	return r, nil
}

// Confined reports whether the process, with all that belongs to it, is in its control group. One without a budget has none.
func (p *Process) Confined() (bool, error) {
	if p.group == nil {
		return true, nil
	}
	pids := []int{p.PID()}
	if p.tree != nil {
		pids = members(p.PID())
	}
	for _, pid := range pids {
		if held, err := p.group.holds(pid); err != nil || !held {
			if pid != p.PID() && errors.Is(err, os.ErrNotExist) {
				continue // a child that has ended
			}
			return false, err
		}
	}
	return true, nil
}

// limit sets its CPU budget in cores; 0 takes it away. why is why the lab has none to give.
func (p *Process) limit(cores float64, why string) error {
	switch {
	case p.group == nil && why != "":
		return fmt.Errorf("it was started without a CPU budget: %s", why)
	case p.group == nil:
		return errors.New("it was started without a CPU budget and cannot be given one: name its tier in the budgets of the cluster")
	case p.box != nil:
		return p.box.limit(cores)
	default:
		return p.group.limit(cores)
	}
}

func (p *Process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks the process to end, and kills it when it has not by the end of the context.
func (p *Process) stop(ctx context.Context) {
	p.expected.Store(true)
	if p.ended() {
		return
	}
	p.signal(syscall.SIGCONT) // a paused process could not end
	p.signal(p.quit)
	select {
	case <-p.done:
		return
	case <-ctx.Done():
	}
	p.signal(syscall.SIGKILL)
	<-p.done
}

// leaveGroup removes the cgroup of a process that ended.
func (p *Process) leaveGroup() error {
	if p.group == nil || p.box != nil { // a container's goes with it
		return nil
	}
	return p.group.remove()
}

// announced waits for the program to say where it listens, n addresses, one a line.
func (p *Process) announced(ctx context.Context, n int) error {
	for len(p.addrs) < n {
		select {
		case line, ok := <-p.output:
			if !ok {
				<-p.done
				return p.explain(errors.New("it ended before it served"))
			}
			if addr, ok := strings.CutPrefix(line, "listening "); ok {
				p.addrs = append(p.addrs, p.reached(strings.TrimSpace(addr)))
			}
		case <-ctx.Done():
			return p.explain(fmt.Errorf("it did not say where it listens in time: %w", context.Cause(ctx)))
		}
	}
	return nil
}

// reached is an address that it listens on as others reach it: a container listens on every address that it has.
func (p *Process) reached(addr string) string {
	if p.box == nil {
		return addr
	}
	u, err := url.Parse(addr)
	if err != nil {
		return addr
	}
	u.Host = p.reachedAt(u.Host)
	return u.String()
}

// reachedAt is the same for an address without a scheme.
func (p *Process) reachedAt(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if p.box == nil || err != nil {
		return addr
	}
	return net.JoinHostPort(p.box.ip, port)
}

// explain adds the process's name, how it ended and the end of its log to what went wrong with it.
func (p *Process) explain(err error) error {
	state := ""
	if p.ended() && p.cmd.ProcessState != nil {
		state = " (" + p.cmd.ProcessState.String() + ")"
	}
	return fmt.Errorf("%s did not start: %w%s; the end of its log:\n%s", p, err, state, tail(p.log))
}

// watch reaps the process and tells died of an end that nobody wished. The program's output goes to its log, and its lines to
// announced for as long as anybody may listen.
func (p *Process) watch(stdout, log *os.File, died func(Death)) {
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			fmt.Fprintln(log, lines.Text())
			select {
			case p.output <- lines.Text():
			default: // nobody waits for it any more
			}
		}
		io.Copy(log, stdout) // after a line too long to scan
	}()
	p.cmd.Wait()
	stdout.SetReadDeadline(time.Now().Add(time.Second)) // a grandchild may hold the other end open
	<-copied
	stdout.Close()
	log.Close()
	close(p.done) // before the look at expected: Start sets it, then asks whether the process ended, and so misses no death
	if !p.expected.Load() {
		died(Death{Process: p.String(), State: p.cmd.ProcessState.String(), Tail: tail(p.log)})
	}
	close(p.output) // now everything is said
}
