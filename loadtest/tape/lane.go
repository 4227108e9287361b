package tape

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// lane is a connection with a batch under way.
type lane struct {
	fd    int
	next  int // command
	owed  int // answers
	text  []byte
	start int // of what was not yet read of text
	end   int
}

// open opens a lane. Its descriptor is a duplicate of a connection's that the Go runtime does not know: its poller
// would wake a thread for every answer.
func open(ctx context.Context, dial Dial) (*lane, error) {
	conn, _, err := connect(ctx, dial)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return adopt(conn)
}

func adopt(conn net.Conn) (*lane, error) {
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return nil, errors.New("tape: the connection to the store is none of the system's")
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return nil, err
	}
	l := &lane{text: make([]byte, buffer)}
	var failed error
	if err := control.Control(func(fd uintptr) {
		if l.fd, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); failed == nil {
			failed = unix.SetNonblock(l.fd, true)
		}
	}); err != nil {
		return nil, err
	}
	return l, failed
}

// send sends a batch of n commands.
func (l *lane) send(text []byte, n int) error {
	l.owed = n
	for len(text) > 0 {
		sent, err := unix.Write(l.fd, text)
		if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return err
		}
		text = text[max(0, sent):]
	}
	return nil
}

// receive reads what has come of the answers to the batch under way.
func (l *lane) receive(c *Count) error {
	if l.start == l.end {
		l.start, l.end = 0, 0
	}
	if l.end == len(l.text) { // an answer goes on beyond it
		if l.start == 0 {
			l.text = append(l.text, make([]byte, len(l.text))...)
		}
		l.end = copy(l.text, l.text[l.start:l.end])
		l.start = 0
	}
	n, err := unix.Read(l.fd, l.text[l.end:])
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return err
	case n == 0:
		return io.ErrUnexpectedEOF
	}
	for l.end += n; l.owed > 0 && l.start < l.end; l.owed-- {
		size, failed, err := answer(l.text[l.start:l.end])
		if errors.Is(err, errShort) {
			return nil
		}
		if err != nil {
			return err
		}
		l.start += size
		c.Commands++
		if failed {
			c.Failed++
		}
	}
	return nil
}
