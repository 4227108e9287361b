package relay

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"
)

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// echo is a server that answers with what it gets, and closes when its client does.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func relayTo(t *testing.T, to string) *Relay {
	t.Helper()
	r, err := Listen(loopback, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func dial(t *testing.T, r *Relay) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// asked sends a byte and returns how long its answer took.
func asked(t *testing.T, c net.Conn) time.Duration {
	t.Helper()
	began := time.Now()
	var answer [1]byte
	if _, err := c.Write([]byte("?")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, answer[:]); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// TestNoAnswerComesSoonerThanTheRoundTrip: later is possible on a busy machine, sooner never.
func TestNoAnswerComesSoonerThanTheRoundTrip(t *testing.T) {
	r := relayTo(t, echo(t))
	c := dial(t, r)
	asked(t, c)
	for _, roundTrip := range []time.Duration{40 * time.Millisecond, time.Millisecond, 300 * time.Microsecond} {
		r.SetDelay(roundTrip)
		for range 3 {
			if took := asked(t, c); took < roundTrip {
				t.Errorf("with a round trip of %v an answer took %v", roundTrip, took)
			}
		}
	}
}

// TestBytesArriveInOrder: also while the delay changes, and until the last byte before an end.
func TestBytesArriveInOrder(t *testing.T) {
	r := relayTo(t, echo(t))
	c := dial(t, r)
	random := rand.New(rand.NewPCG(1, 1))
	sent := make([]byte, 4<<20)
	for i := range sent {
		sent[i] = byte(random.Uint32())
	}
	go func() {
		for rest := sent; len(rest) > 0; {
			n := min(len(rest), 1+random.IntN(100_000))
			r.SetDelay(time.Duration(random.IntN(2_000)) * time.Microsecond)
			c.Write(rest[:n])
			rest = rest[n:]
		}
		c.CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d of %d bytes came back, or others: %v", len(got), len(sent), err)
	}
}

// TestRequestsDoNotWaitForEachOther: a delay is not a limit of the rate. A thousand requests on one connection take one
// round trip, not a thousand.
func TestRequestsDoNotWaitForEachOther(t *testing.T) {
	const requests, roundTrip = 1000, 50 * time.Millisecond
	r := relayTo(t, echo(t))
	r.SetDelay(roundTrip)
	c := dial(t, r)
	began := time.Now()
	go func() {
		for range requests {
			c.Write([]byte("?"))
		}
	}()
	if _, err := io.ReadFull(c, make([]byte, requests)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < roundTrip || took > requests*roundTrip/10 {
		t.Errorf("%d requests took %v", requests, took)
	}
}

func TestStreamsEndWithTheirOtherEnd(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := relayTo(t, listener.Addr().String())
	c := dial(t, r)
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	server.Close()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after the server's end a client reads %v", err)
	}
	if _, err := dial(t, r).Read(make([]byte, 1)); err == nil {
		t.Error("a client of a server that is down reads something")
	}
}

// TestCloseEndsEverything, also what is on its way.
func TestCloseEndsEverything(t *testing.T) {
	r := relayTo(t, echo(t))
	c := dial(t, r)
	asked(t, c)
	r.SetDelay(time.Hour)
	c.Write([]byte("?"))
	for range 2 { // a second time does nothing
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a closed relay delivers")
	}
	if conn, err := net.Dial("tcp", r.Addr()); err == nil {
		conn.Close()
		t.Error("a closed relay listens")
	}
}
