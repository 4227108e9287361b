package relay

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestNewStreamsLeadElsewhere: those that are open stay where they are.
func TestNewStreamsLeadElsewhere(t *testing.T) {
	r := relayTo(t, echo(t))
	old := dial(t, r)
	asked(t, old)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	r.Lead(other.Addr().String())
	asked(t, old)
	dial(t, r)
	c, err := other.Accept() // it waits for the new stream
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

// TestResets: both ends see an error, again and again, until it ends.
func TestResets(t *testing.T) {
	r := relayTo(t, echo(t))
	c := dial(t, r)
	asked(t, c)
	r.Disturb(Disturbance{ResetEvery: time.Millisecond})
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a stream that was reset ends with %v", err)
	}
	for r.Disturbed().Resets < 2 { // a stream may be quicker than the next reset
		if again, err := net.Dial("tcp", r.Addr()); err == nil {
			again.Read(make([]byte, 1))
			again.Close()
		}
	}
	r.Disturb(Disturbance{})
	steady := 0
	for range 100 { // the last reset may still be on its way
		c, err := net.Dial("tcp", r.Addr())
		if err != nil {
			continue
		}
		if _, err := c.Write([]byte("?")); err == nil {
			if _, err := io.ReadFull(c, make([]byte, 1)); err == nil {
				steady++
			}
		}
		c.Close()
	}
	if steady < 99 {
		t.Errorf("once it is over, %d of 100 streams work", steady)
	}
}

// TestHalfOpen: a stream that was open goes on in silence, a new one works, and the end of it resets the silent one.
func TestHalfOpen(t *testing.T) {
	r := relayTo(t, echo(t))
	c := dial(t, r)
	asked(t, c)
	r.Disturb(Disturbance{HalfOpen: true})
	asked(t, dial(t, r))
	if _, err := c.Write([]byte("?")); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a half-open stream answers %v", err)
	}
	for r.Disturbed().Swallowed == 0 {
		time.Sleep(time.Millisecond) // the relay reads when it can
	}
	if told := r.Disturbed(); told.Silent != 1 || told.Swallowed != 1 || told.Resets != 0 {
		t.Errorf("one byte of one stream was swallowed: %+v", told)
	}
	r.Disturb(Disturbance{})
	c.SetReadDeadline(time.Time{})
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a half-open stream ends with %v", err)
	}
	asked(t, dial(t, r))
}

// TestJitter: what is sent is slower by another share in each tenth of a second, and never by more than the most.
func TestJitter(t *testing.T) {
	r := relayTo(t, echo(t))
	const most = time.Second
	if r.jitter() != 0 {
		t.Error("there is jitter before it was asked for")
	}
	r.Disturb(Disturbance{Jitter: most})
	least, largest := most, time.Duration(0)
	for range 30 {
		by := r.jitter()
		least, largest = min(least, by), max(largest, by)
		time.Sleep(swings / 4)
	}
	if least < 0 || largest > most || largest-least < most/100 {
		t.Errorf("jitter of at most %v is from %v to %v", most, least, largest)
	}
}
