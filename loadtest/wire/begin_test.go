package wire

import (
	"io"
	"net"
	"testing"
	"time"
)

// TestARequestBitByBit: a server gets the same bytes, whatever the parts, and its answer is read as any other.
func TestARequestBitByBit(t *testing.T) {
	c := New(answer(t, false, fine+"Content-Length: 1\r\n\r\na", fine+"Content-Length: 1\r\n\r\nb"))
	defer c.Close()
	got := ""
	for range 2 {
		for _, part := range []string{get[:2], get[2:9], get[9 : len(get)-1]} {
			if err := c.Begin([]byte(part)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * idle) // what was begun may wait longer than an idle connection is trusted
		}
		reply, err := c.Do([]byte(get[len(get)-1:]))
		if err != nil {
			t.Fatal(err)
		}
		got += string(reply.Body)
	}
	if got != "ab" || c.Out != 2*uint64(len(get)) {
		t.Errorf("got %q for %d bytes, want ab for %d", got, c.Out, 2*len(get))
	}
}

// TestTheRestIsNotSentElsewhere: where the server closes after the first bytes, the rest must open no new connection,
// on which it would be another request.
func TestTheRestIsNotSentElsewhere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	closed := make(chan bool)
	go func() {
		for i := 0; ; i++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if i == 0 {
				io.ReadFull(conn, make([]byte, 3))
				conn.Close()
				close(closed)
				continue
			}
			io.WriteString(conn, fine+"Content-Length: 0\r\n\r\n") // to whatever comes
		}
	}()
	c := New(l.Addr().String())
	defer c.Close()
	if err := c.Begin([]byte("GET")); err != nil {
		t.Fatal(err)
	}
	<-closed
	time.Sleep(2 * idle)
	if reply, err := c.Do([]byte(" / HTTP/1.1\r\nHost: x\r\n\r\n")); err == nil {
		t.Errorf("a request that was cut in the middle was answered %d", reply.Status)
	}
}

// TestAHurriedConnection: an answer without a length is read to its head, and the connection is not used again. Others
// are read as ever.
func TestAHurriedConnection(t *testing.T) {
	c := New(answer(t, false, fine+"Content-Length: 1\r\n\r\na", fine+"\r\nand so on"))
	defer c.Close()
	c.Hurry()
	for i, want := range []string{"a", "", "a"} {
		reply, err := c.Do([]byte(get))
		if err != nil || reply.Status != 200 || string(reply.Body) != want || (c.tcp == nil) != (i == 1) {
			t.Errorf("answer %d: %d with %q, gone %t, %v", i, reply.Status, reply.Body, c.tcp == nil, err)
		}
	}
}
