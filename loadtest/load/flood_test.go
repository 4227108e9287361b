package load

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authlab/loadtest/wire"
)

// flooded are connections to base.
func flooded(t *testing.T, base string, n int) []*wire.Conn {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	var conns []*wire.Conn
	for range n {
		c := wire.New(u.Host)
		t.Cleanup(c.Close)
		conns = append(conns, c)
	}
	return conns
}

// TestAFloodIsCounted: what a flood counts is what the server saw, whatever it answers, and whether it answers at all.
func TestAFloodIsCounted(t *testing.T) {
	var saw [600]atomic.Uint64
	var n atomic.Uint64
	base := serve(t, func(w http.ResponseWriter, _ string, _ uint64) bool {
		switch n.Add(1) % 3 {
		case 0:
			saw[401].Add(1)
			w.WriteHeader(http.StatusUnauthorized)
		case 1:
			saw[0].Add(1)
			panic(http.ErrAbortHandler) // no answer
		default:
			saw[200].Add(1)
		}
		return true
	})
	reads := 0
	flood := FloodOptions{
		Conns: flooded(t, base, 3), Window: time.Minute, Most: 60,
		Next: func(int, wire.Reply) [][]byte {
			return [][]byte{[]byte("GET / HTTP/1.1\r\n"), []byte("Host: x\r\n\r\n")}
		},
		Read: func() error { reads++; return nil },
	}
	for range 2 { // the connections serve again
		for i := range saw {
			saw[i].Store(0)
		}
		f, err := flood.Send(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		failed := uint64(0)
		for _, n := range f.Failed {
			failed += n
		}
		if f.Requests != 60 || f.Statuses[200] != saw[200].Load() || f.Statuses[401] != saw[401].Load() ||
			failed != saw[0].Load() || failed != 20 || f.Out != 60*27 || f.In == 0 || f.Elapsed <= 0 {
			t.Errorf("got %+v; the server saw %d, %d and %d", f, saw[200].Load(), saw[401].Load(), saw[0].Load())
		}
	}
	if reads != 4 {
		t.Errorf("the CPU was read %d times in two floods", reads)
	}
}

// TestAFloodLearns: each connection makes its next request from its own last answer.
func TestAFloodLearns(t *testing.T) {
	base := serve(t, nil)
	var wrong atomic.Uint64
	var before [2]uint64
	var both sync.WaitGroup // neither sends all before the other begins
	both.Add(len(before))
	f, err := FloodOptions{
		Conns: flooded(t, base, 2), Window: time.Minute, Most: 20,
		Next: func(conn int, last wire.Reply) [][]byte {
			if before[conn] > 0 && last.Status != http.StatusOK {
				wrong.Add(1)
			}
			if before[conn]++; before[conn] == 1 {
				both.Done()
				both.Wait()
			}
			return [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")}
		},
	}.Send(t.Context())
	if err != nil || f.Statuses[200] != 20 || wrong.Load() > 0 || before[0] == 0 || before[1] == 0 {
		t.Errorf("%d answers were not passed on, of %v, %d and %d: %v", wrong.Load(), f.Statuses, before[0], before[1], err)
	}
}

// TestAFloodEnds: with its context, also where the server does not answer, and at once where it cannot begin.
func TestAFloodEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	why := errors.New("the test is over")
	ctx, end := context.WithCancelCause(t.Context())
	one := func(int, wire.Reply) [][]byte { end(why); return [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")} }
	conns := flooded(t, "http://"+l.Addr().String(), 1)
	if _, err := (FloodOptions{Conns: conns, Next: one, Window: time.Hour}).Send(ctx); !errors.Is(err, why) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := (FloodOptions{Conns: conns, Next: one}).Send(t.Context()); err == nil {
		t.Error("a flood without a window was sent")
	}
	l.Close()
	gone := flooded(t, "http://"+l.Addr().String(), 1)
	if _, err := (FloodOptions{Conns: gone, Next: one, Window: time.Hour}).Send(t.Context()); err == nil {
		t.Error("a flood without a server was sent")
	}
}
