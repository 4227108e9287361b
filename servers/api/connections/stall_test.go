package connections_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"authlab/servers/api/connections"
)

// stall begins a request whose body does not come, on a server that waits for it.
func (c client) stall(s *server) {
	c.t.Helper()
	if _, err := io.WriteString(c, "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"); err != nil {
		c.t.Error(err)
	}
	<-s.came
}

// A client that sends its body bit by bit, or not at all, has its place only until a newcomer needs it.
func TestTheStalledMakeRoom(t *testing.T) {
	s := serve(t, 50*time.Millisecond)
	first, second := dial(t, s), dial(t, s)
	first.stall(s)
	second.stall(s)
	done := make(chan struct{})
	defer close(done)
	go func() { // its bits do not restart its time
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, _ = io.WriteString(first, " ")
			case <-done:
				return
			}
		}
	}()
	third, fourth := dial(t, s), dial(t, s)
	third.send("/slow") // and stays, because it is worked on
	<-s.came
	first.closed()
	fourth.ask()
	second.closed()
	s.answer <- struct{}{}
	third.answered()
}

// A client that does not take its answer keeps its place no longer.
func TestWhoTakesNoAnswerMakesRoom(t *testing.T) {
	s := serve(t, 50*time.Millisecond)
	first, second := dial(t, s), dial(t, s)
	first.send("/endless")
	<-s.came
	second.send("/endless")
	<-s.came
	third, fourth := dial(t, s), dial(t, s)
	third.ask()
	fourth.ask()
}

// A shutdown is graceful if all that remains waits for clients, and not if there is work.
func TestShutdown(t *testing.T) {
	for path, want := range map[string]error{"/read": nil, "/endless": nil, "/slow": connections.ErrWorking} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := serve(t, forever)
			c := dial(t, s)
			if path == "/read" {
				c.stall(s)
			} else {
				c.send(path)
				<-s.came
			}
			cut, err := s.Shutdown(s.http, 2*time.Second)
			if !errors.Is(err, want) || err == nil && cut != 1 {
				t.Errorf("%v, %d connections were cut, want %v and 1", err, cut, want)
			}
			if path == "/slow" {
				s.answer <- struct{}{}
			}
		})
	}
}
