package tape

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Player plays a tape over connections of its own. It is not for several goroutines.
type Player struct {
	text    []byte // the commands, and after them their beginning once more, for a batch that runs over the end
	starts  []int  // of each command in text, and of what follows the last one
	length  int    // commands until the tape begins again
	lanes   []*lane
	batches int
}

// lane is a connection with a batch under way.
type lane struct {
	conn net.Conn
	in   *bufio.Reader
	next int // command
	owed int // answers
}

// Deepest is the largest mean number of commands in a batch.
const Deepest = 256

// Player opens connections to the store.
func (t *Tape) Player(ctx context.Context, dial Dial, connections int) (*Player, error) {
	if len(t.commands) == 0 || connections < 1 {
		return nil, fmt.Errorf("tape: %d commands cannot be played over %d connections", len(t.commands), connections)
	}
	p := &Player{length: len(t.commands)}
	for i := range p.length + Deepest + 1 {
		p.starts = append(p.starts, len(p.text))
		p.text = append(p.text, t.commands[i%p.length].text...)
	}
	for i := range connections {
		conn, in, err := connect(ctx, dial)
		if err != nil {
			p.Close()
			return nil, err
		}
		p.lanes = append(p.lanes, &lane{conn: conn, in: in, next: i * p.length / connections})
	}
	return p, nil
}

// Close closes the connections.
func (p *Player) Close() {
	for _, l := range p.lanes {
		l.conn.Close()
	}
	p.lanes = nil
}

// Count is what a store was asked, and answered.
type Count struct {
	Commands uint64
	Failed   uint64 // of them, those that were answered with an error
}

// Play sends batches of depth commands on average for as long as window, and reads every answer. Each call goes on
// where the last one stopped. After an error the player is of no more use.
func (p *Player) Play(ctx context.Context, depth float64, window time.Duration) (c Count, err error) {
	if !(depth >= 1 && depth <= Deepest) {
		return c, fmt.Errorf("tape: a batch has 1 to %d commands on average, not %g", Deepest, depth)
	}
	lanes := p.lanes
	if len(lanes) == 0 {
		return c, errors.New("tape: the player is closed")
	}
	defer func() { err = reason(ctx, err) }()
	defer context.AfterFunc(ctx, func() {
		for _, l := range lanes {
			l.conn.Close()
		}
	})()
	began := time.Now()
	for _, l := range lanes {
		if err := p.send(l, depth); err != nil {
			return c, err
		}
	}
	for time.Since(began) < window {
		for _, l := range lanes {
			if err := l.receive(&c); err != nil {
				return c, err
			}
			if err := p.send(l, depth); err != nil {
				return c, err
			}
		}
	}
	for _, l := range lanes {
		if err := l.receive(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// send sends the next batch. Batches differ by a command, so that their mean is depth.
func (p *Player) send(l *lane, depth float64) error {
	n := int(float64(p.batches+1)*depth) - int(float64(p.batches)*depth)
	p.batches++
	_, err := l.conn.Write(p.text[p.starts[l.next]:p.starts[l.next+n]])
	l.next, l.owed = (l.next+n)%p.length, n
	return err
}

// receive reads the answers to the batch under way.
func (l *lane) receive(c *Count) error {
	for ; l.owed > 0; l.owed-- {
		failed, err := skip(l.in)
		if err != nil {
			return err
		}
		c.Commands++
		if failed {
			c.Failed++
		}
	}
	return nil
}
