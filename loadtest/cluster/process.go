package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"

	"authlab/loadtest/cluster/platform"
)

// Tier is a layer of a cluster.
type Tier string

// The tiers.
const (
	Replica  Tier = "replica"
	Store    Tier = "store"
	Balancer Tier = "balancer"
)

// Death is a child that ended although the lab did not stop it.
type Death struct {
	Process string // the cluster and the process: "session-redis/replica-3"
	State   string // how it ended, in the system's words: "exit status 1", "signal: killed"
	Tail    string // the end of its log, indented
}

// Process is one running program of a cluster. Its methods may be called from several goroutines.
type Process struct {
	name, cluster string
	tier          Tier
	password      string   // of a store
	addrs         []string // the base URLs or addresses that it serves, in the order in which it named them
	log           string   // path of its log file
	instance      platform.Instance
	output        chan string
	done          chan struct{}  // closed when it has ended
	state         string         // how it ended, once done is closed
	expected      atomic.Bool    // its end was asked for, or is reported elsewhere
	quit          syscall.Signal // the signal that asks it to end in order
	sql           *pgxpool.Pool  // of one connection, on which a database is asked for its counters
}

// Name is the process's name within its cluster: "replica-0", "store", "balancer".
func (p *Process) Name() string { return p.name }

// Tier is the layer that it belongs to.
func (p *Process) Tier() Tier { return p.tier }

// Addr is where it serves: a base URL, or host:port for the store. A balancer's address is its first frontend's.
func (p *Process) Addr() string {
	if len(p.addrs) == 0 {
		return ""
	}
	return p.addrs[0]
}

// String names it within the lab.
func (p *Process) String() string { return p.cluster + "/" + p.name }

// Read reads what it has used. It fails once the process has ended.
func (p *Process) Read() (Reading, error) {
	if p.ended() {
		return Reading{}, fmt.Errorf("%s has ended", p)
	}
	r, err := p.instance.Read()
	if err != nil {
		return r, fmt.Errorf("%s: %w", p, err)
	}
	return r, nil
}

// Confined reports whether the budget covers all of the process. It is true for a process without a budget.
func (p *Process) Confined() (bool, error) {
	if limited, ok := p.instance.(platform.Limited); ok {
		return limited.Confined()
	}
	return true, nil
}

// limit sets its CPU budget in cores; 0 removes it. why says why the lab has no budgets to give.
func (p *Process) limit(cores float64, why string) error {
	limited, ok := p.instance.(platform.Limited)
	switch {
	case ok:
		return limited.Limit(cores)
	case why != "":
		return fmt.Errorf("it was started without a CPU budget: %s", why)
	default:
		return errors.New(
			"it was started without a CPU budget and cannot be given one: name its tier in the budgets of the cluster")
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

// stop asks the process to end, and kills it if it still runs when the context ends.
func (p *Process) stop(ctx context.Context) {
	p.expected.Store(true)
	if p.ended() {
		return
	}
	p.instance.Resume() // a paused process cannot end
	p.instance.Quit(p.quit)
	select {
	case <-p.done:
		return
	case <-ctx.Done():
	}
	p.instance.Kill()
	<-p.done
}

// leave removes what is left of a process that ended.
func (p *Process) leave() error {
	if left, ok := p.instance.(io.Closer); ok {
		return left.Close()
	}
	return nil
}

// announced waits for the program to print the n addresses that it listens on, one on each line.
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

// reached is an address that it listens on, as others reach it.
func (p *Process) reached(addr string) string {
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
	if err != nil {
		return addr
	}
	return net.JoinHostPort(p.instance.Host(), port)
}

// explain adds to an error the process's name, how it ended and the end of its log.
func (p *Process) explain(err error) error {
	state := ""
	if p.ended() {
		state = " (" + p.state + ")"
	}
	return fmt.Errorf("%s did not start: %w%s; the end of its log:\n%s", p, err, state, tail(p.log))
}
