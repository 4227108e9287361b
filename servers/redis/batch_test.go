package redis

import (
	"net"
	"runtime"
	"sync/atomic"
	"testing"
)

// sink is a connection that takes all bytes at once.
type sink struct{ net.Conn }

func (sink) Write(p []byte) (int, error) { return len(p), nil }

// TestWriteYields: on one core, requests that are ready run before the writer continues, so that it finds their
// commands and sends them together. Once in 61 times Go's scheduler lets the writer continue first.
func TestWriteYields(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const ready = 32
	var ran atomic.Int32
	for range ready {
		go ran.Add(1)
	}
	c := &conn{Conn: sink{}}
	for range 2 {
		if _, err := c.Write([]byte("*1\r\n$4\r\nPING\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	if n := ran.Load(); n < ready/2 {
		t.Errorf("%d of %d goroutines ran before the writer continued", n, ready)
	}
}
