package relay

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// clock waits. One goroutine at a time uses it.
type clock struct{ timer *os.File }

func newClock() (*clock, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("the kernel gives no timer: %w", err)
	}
	return &clock{os.NewFile(uintptr(fd), "timer")}, nil // not blocking, so that the network poller waits for it
}

// until waits for a moment. The error says that the clock was closed.
func (c *clock) until(at time.Time) error {
	left := time.Until(at)
	if left <= 0 {
		return nil
	}
	raw, err := c.timer.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	if err := raw.Control(func(fd uintptr) {
		once := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(left))}
		set = unix.TimerfdSettime(int(fd), 0, &once, nil)
	}); err != nil {
		return err
	}
	if set != nil {
		return set
	}
	var ticks [8]byte
	_, err = c.timer.Read(ticks[:])
	return err
}

func (c *clock) close() { c.timer.Close() }
