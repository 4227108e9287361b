package postgres_test

import (
	"net"
	"testing"
	"time"

	"authlab/servers/postgres"
)

// TestSilent: a connection is silent until its other end says something or closes, and looking takes nothing from it.
func TestSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for what, happens := range map[string]func(net.Conn){
		"it says something": func(c net.Conn) { _, _ = c.Write([]byte("!")) },
		"it closes":         func(c net.Conn) { _ = c.Close() },
		"it resets":         func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() },
	} {
		here, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer here.Close()
		there, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer there.Close()
		if !postgres.Silent(here) {
			t.Error("an idle connection is not silent")
		}
		reads := make(chan struct{})
		go func() {
			defer close(reads)
			_ = here.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			_, _ = here.Read(make([]byte, 1))
		}()
		for range 100 {
			if !postgres.Silent(here) { // also while another goroutine waits for what it says
				t.Error("an idle connection that is read is not silent")
			}
		}
		<-reads
		_ = here.SetReadDeadline(time.Time{})
		happens(there)
		for deadline := time.Now().Add(10 * time.Second); postgres.Silent(here); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s, and it is silent", what)
			}
		}
		n, err := here.Read(make([]byte, 8))
		if said := n == 1 && err == nil; said != (what == "it says something") {
			t.Errorf("%s: afterwards %d bytes are read, %v", what, n, err)
		}
	}
}
