package redis

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"authlab/servers/session/store/storetest"
)

// openedAtStart opens the Redis at an address as a starting server does.
func openedAtStart(t *testing.T, url string) error {
	t.Helper()
	var f Flags
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.Register(flags, "tests")
	if err := flags.Parse([]string{"--redis", url}); err != nil {
		t.Fatal(err)
	}
	c, err := f.Open(nil)
	if err == nil {
		c.Close()
	}
	return err
}

// TestALateRedisIsWaitedFor: on a busy machine one answer may be late, and a server that ended for that would be an
// outage of its own. A Redis that never answers is given up.
func TestALateRedisIsWaitedFor(t *testing.T) {
	usual := patience
	t.Cleanup(func() { patience = usual })
	patience = time.Minute // however busy this machine is
	s := storetest.Redis(t, "")
	s.Pause()
	time.AfterFunc(500*time.Millisecond, s.Resume)
	if err := openedAtStart(t, "redis://"+s.Addr); err != nil {
		t.Errorf("a Redis that was late: %v", err)
	}

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	patience = time.Second
	err = openedAtStart(t, "redis://"+silent.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "start it, or correct --redis") {
		t.Errorf("a Redis that never answers: %v", err)
	}
}

// TestWhoWaitedForASilentRedisDoesNotWaitAgain: a command that failed because nothing came back gets no second try, and
// one that began afterwards does.
func TestWhoWaitedForASilentRedisDoesNotWaitAgain(t *testing.T) {
	c := &Client{link: &link{born: time.Now()}}
	waited := attempt{began: c.link.born.Add(time.Second)}
	later := attempt{began: waited.began.Add(time.Second)}
	for _, silence := range []time.Duration{0, 1500 * time.Millisecond} {
		c.link.silent.Store(int64(silence))
		for what, err := range map[string]error{"closed here": net.ErrClosed, "closed there": io.EOF} {
			if got := c.again(err, 1, &waited); got != (silence == 0) {
				t.Errorf("silence at %v, %s, waited: %v", silence, what, got)
			}
			if !c.again(err, 1, &later) || c.again(nil, 1, &later) {
				t.Errorf("silence at %v, %s, later", silence, what)
			}
		}
	}
}

// TestAgain: a command passes the dead connections that are older than it, and asks no more than once where new ones
// are closed too.
func TestAgain(t *testing.T) {
	for _, dead := range []int{0, 1, 3, plainConns} {
		l := &link{born: time.Now(), conns: map[*conn]time.Time{}}
		c := &Client{link: l}
		var old []*conn
		for range dead {
			old = append(old, &conn{Conn: nopConn{}, link: l})
			l.conns[old[len(old)-1]] = l.born
		}
		command := attempt{began: l.born, asked: l.born.Add(time.Second)}
		l.conns[&conn{}] = command.asked.Add(time.Second) // another command's
		tried := 1
		for ; tried < 2*plainConns; tried++ {
			if len(old) > 0 { // this try's
				_ = old[0].Close()
				old = old[1:]
			}
			if !c.again(io.EOF, tried, &command) {
				break
			}
		}
		if want := max(dead, 1) + 1; tried != want {
			t.Errorf("%d dead connections: %d tries, want %d", dead, tried, want)
		}
	}
}

type nopConn struct{ net.Conn }

func (nopConn) Close() error { return nil }
