package tape

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Player plays a tape over connections of its own. It is not for several goroutines.
type Player struct {
	text    []byte // the commands, and after them their beginning once more, for a batch that runs over the end
	starts  []int  // of each command in text, and of what follows the last one
	length  int    // commands until the tape begins again
	lanes   []*lane
	byFD    map[int32]*lane
	epoll   int
	batches int
}

// Deepest is the largest mean number of commands in a batch.
const Deepest = 256

// Player opens connections to the store.
func (t *Tape) Player(ctx context.Context, dial Dial, connections int) (*Player, error) {
	if len(t.commands) == 0 || connections < 1 {
		return nil, fmt.Errorf("tape: %d commands cannot be played over %d connections", len(t.commands), connections)
	}
	p := &Player{length: len(t.commands), byFD: map[int32]*lane{}}
	for i := range p.length + Deepest + 1 {
		p.starts = append(p.starts, len(p.text))
		p.text = append(p.text, t.commands[i%p.length].text...)
	}
	var err error
	if p.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	for i := range connections {
		if err := p.add(ctx, dial, i*p.length/connections); err != nil {
			p.Close()
			return nil, err
		}
	}
	return p, nil
}

func (p *Player) add(ctx context.Context, dial Dial, first int) error {
	l, err := open(ctx, dial)
	if err != nil {
		return err
	}
	l.next = first
	p.lanes, p.byFD[int32(l.fd)] = append(p.lanes, l), l
	return unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, l.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(l.fd)})
}

// Close closes the connections. A second call does nothing.
func (p *Player) Close() {
	if p.byFD == nil {
		return
	}
	for _, l := range p.lanes {
		unix.Close(l.fd)
	}
	unix.Close(p.epoll)
	p.lanes, p.byFD = nil, nil
}

// Count is what a store was asked, and answered.
type Count struct {
	Commands uint64
	Failed   uint64 // of them, those that were answered with an error
}

// patience is how long the store may take to answer anything: it may run on a machine that is busy with other work.
const patience = 10 * time.Second

// Play sends batches of depth commands on average for as long as window, and reads every answer. Each call goes on
// where the last one stopped. After an error the player is of no more use.
//
// It never sleeps: it has a core to itself, and a store that had to wake it would be idle until it is awake, and would
// pay for that.
func (p *Player) Play(ctx context.Context, depth float64, window time.Duration) (c Count, err error) {
	if !(depth >= 1 && depth <= Deepest) {
		return c, fmt.Errorf("tape: a batch has 1 to %d commands on average, not %g", Deepest, depth)
	}
	if len(p.lanes) == 0 {
		return c, errors.New("tape: the player is closed")
	}
	began := time.Now()
	for _, l := range p.lanes {
		if err := p.send(l, depth); err != nil {
			return c, err
		}
	}
	heard, waiting := began, len(p.lanes)
	events := make([]unix.EpollEvent, len(p.lanes))
	for waiting > 0 {
		n, err := unix.EpollWait(p.epoll, events, 0)
		now := time.Now()
		switch {
		case ctx.Err() != nil:
			return c, context.Cause(ctx)
		case err != nil && !errors.Is(err, unix.EINTR):
			return c, err
		case n > 0:
			heard = now
		case now.Sub(heard) > patience:
			return c, fmt.Errorf("tape: the store did not answer within %v", patience)
		}
		for _, event := range events[:max(0, n)] {
			l := p.byFD[event.Fd]
			if err := l.receive(&c); err != nil {
				return c, err
			}
			switch {
			case l.owed > 0: // the end of its batch is still to come
			case now.Sub(began) < window:
				if err := p.send(l, depth); err != nil {
					return c, err
				}
			default:
				waiting--
			}
		}
	}
	return c, nil
}

// send sends the next batch. Batches differ by a command, so that their mean is depth.
func (p *Player) send(l *lane, depth float64) error {
	n := int(float64(p.batches+1)*depth) - int(float64(p.batches)*depth)
	p.batches++
	from := l.next
	l.next = (from + n) % p.length
	return l.send(p.text[p.starts[from]:p.starts[from+n]], n)
}
