package storetest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Forwarder is an address that leads to a server, and can be redirected to another: what a virtual address or a proxy
// does after a failover. Existing connections stay where they are.
type Forwarder struct {
	Addr string // host:port

	mu          sync.Mutex
	network, to string
	conns       []net.Conn
	count       int // of connections so far
}

// Forward starts a Forwarder to an address of a network, tcp or unix. It ends with the test.
func Forward(t testing.TB, network, to string) *Forwarder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &Forwarder{Addr: l.Addr().String(), network: network, to: to}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { f.forward(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		f.mu.Lock()
		for _, c := range f.conns {
			_ = c.Close()
		}
		f.conns = nil
		f.mu.Unlock()
		all.Wait()
	})
	return f
}

// Switch makes new connections lead to another address.
func (f *Forwarder) Switch(to string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.to = to
}

// Connections is how many there were so far.
func (f *Forwarder) Connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

func (f *Forwarder) forward(c net.Conn) {
	defer func() { _ = c.Close() }()
	f.mu.Lock()
	there, err := net.Dial(f.network, f.to)
	if err == nil {
		f.conns = append(f.conns, c, there)
		f.count++
	}
	f.mu.Unlock()
	if err != nil {
		return
	}
	defer func() { _ = there.Close() }()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{c, there}, {there, c}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			done <- struct{}{}
		}()
	}
	<-done // one end has closed: close the other
}
