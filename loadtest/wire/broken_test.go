package wire

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// A broken connection is an error of the request in flight; the request is never sent again.
func TestBrokenConnections(t *testing.T) {
	for want, breaks := range map[string]func(s *net.TCPConn){
		"reset":  func(s *net.TCPConn) { s.SetLinger(0); s.Close() },
		"closed": func(s *net.TCPConn) { s.CloseWrite(); io.Copy(io.Discard, s) },
	} {
		t.Run(want, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			asked := make(chan bool, 10)
			go func() {
				for {
					s, err := l.Accept()
					if err != nil {
						return
					}
					requests := bufio.NewReader(s)
					http.ReadRequest(requests)
					io.WriteString(s, fine+"Content-Length: 1\r\n\r\na")
					http.ReadRequest(requests)
					asked <- true
					breaks(s.(*net.TCPConn))
				}
			}()
			c := New(l.Addr().String())
			defer c.Close()
			for range 2 {
				if _, err := c.Do([]byte(get)); err != nil {
					t.Fatal(err)
				}
				if reply, err := c.Do([]byte(get)); err == nil || Word(err) != want || c.tcp != nil {
					t.Errorf("got %d and %v, want %s and no connection", reply.Status, err, want)
				}
			}
			if len(asked) != 2 {
				t.Errorf("the two requests were sent %d times", len(asked))
			}
		})
	}
}

// A server may close a connection, or its half of it, while it is idle; no request loses its answer by that.
func TestAConnectionClosedWhileIdleIsReplaced(t *testing.T) {
	for name, close := range map[string]func(s *net.TCPConn){
		"closed": func(s *net.TCPConn) { s.Close() }, "half closed": func(s *net.TCPConn) { s.CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			closed := make(chan bool)
			go func() {
				for {
					s, err := l.Accept()
					if err != nil {
						return
					}
					defer s.Close()
					http.ReadRequest(bufio.NewReader(s))
					io.WriteString(s, fine+"Content-Length: 1\r\n\r\na")
					close(s.(*net.TCPConn))
					closed <- true
				}
			}()
			c := New(l.Addr().String())
			defer c.Close()
			for range 3 {
				if _, err := c.Do([]byte(get)); err != nil {
					t.Error(err)
				}
				<-closed
				time.Sleep(2 * idle)
			}
		})
	}
}

func TestAnAnswerThatDoesNotComeInTimeIsNamed(t *testing.T) {
	for _, begun := range []string{"", fine + "Content-Length: 5\r\n\r\nhel", chunks + "5\r\n"} {
		c := New(answer(t, false, begun))
		c.timeout = 20 * time.Millisecond
		if reply, err := c.Do([]byte(get)); err == nil || Word(err) != "timeout" || c.tcp != nil {
			t.Errorf("%q: got %d and %v, want a timeout and no connection", begun, reply.Status, err)
		}
	}
}
