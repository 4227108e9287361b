package wire

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// answer serves one connection with fixed bytes for each request, and returns its address.
func answer(t testing.TB, close bool, texts ...string) string {
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
				requests := bufio.NewReader(c)
				for _, text := range texts {
					if _, err := http.ReadRequest(requests); err != nil {
						return
					}
					io.WriteString(c, text)
				}
				if !close {
					io.Copy(io.Discard, c)
				}
			}()
		}
	}()
	return l.Addr().String()
}

const (
	get    = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	fine   = "HTTP/1.1 200 OK\r\n"
	chunks = fine + "Transfer-Encoding: chunked\r\n\r\n"
)

func TestAnswers(t *testing.T) {
	for _, test := range answers {
		t.Run(test.name, func(t *testing.T) {
			c := New(answer(t, test.close, test.text))
			defer c.Close()
			reply, err := c.Do(test.request())
			switch {
			case test.err != "":
				if err == nil || Word(err) != test.err || c.tcp != nil {
					t.Fatalf("got %d and %v, want an error of the kind %s and no connection", reply.Status, err, test.err)
				}
			case err != nil:
				t.Fatal(err)
			case reply.Status != test.status || string(reply.Body) != test.body:
				t.Errorf("got %d with %d bytes %.40q, want %d with %d",
					reply.Status, len(reply.Body), reply.Body, test.status, len(test.body))
			case (c.tcp == nil) != test.gone:
				t.Errorf("the connection is gone: %t, want %t", c.tcp == nil, test.gone)
			}
		})
	}
}

func TestConnectionIsKeptAndReplaced(t *testing.T) {
	const keep = fine + "Content-Length: 1\r\n\r\n"
	c := New(answer(t, true, keep+"a", keep+"b", fine+"Connection: x-own, Close\r\nContent-Length: 1\r\n\r\nc"))
	defer c.Close()
	got := ""
	for range 6 { // the server closes after the third answer, and a new connection starts over
		reply, err := c.Do([]byte(get))
		if err != nil {
			t.Fatal(err)
		}
		got += string(reply.Body)
	}
	if got != "abcabc" {
		t.Errorf("got %q, want abcabc", got)
	}
}

// Bytes may also arrive later, while the connection is idle.
func TestUnrequestedBytesAreNotTheNextAnswer(t *testing.T) {
	more, sent := make(chan bool), make(chan bool)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			s, err := l.Accept()
			if err != nil {
				return
			}
			defer s.Close()
			http.ReadRequest(bufio.NewReader(s))
			io.WriteString(s, fine+"Content-Length: 1\r\n\r\na")
			<-more
			io.WriteString(s, fine+"Content-Length: 1\r\n\r\nz")
			sent <- true
		}
	}()
	c := New(l.Addr().String())
	defer c.Close()
	for range 3 {
		reply, err := c.Do([]byte(get))
		if err != nil || string(reply.Body) != "a" {
			t.Errorf("got %q, %v; want the answer to this request", reply.Body, err)
		}
		more <- true
		<-sent
		time.Sleep(2 * idle)
	}
}

func TestHeadersAndCounts(t *testing.T) {
	text := fine + "Set-Cookie: a=1; Path=/\r\nX-Replica: abc-3\r\nset-cookie: b=2\r\nContent-Length: 2\r\n\r\nok"
	c := New(answer(t, false, text))
	defer c.Close()
	reply, err := c.Do([]byte(get))
	if err != nil {
		t.Fatal(err)
	}
	if all := bytes.Join(reply.Values("set-cookie"), []byte("|")); string(all) != "a=1; Path=/|b=2" {
		t.Errorf("cookies %q", all)
	}
	if string(reply.Replica) != "abc-3" {
		t.Errorf("replica %q", reply.Replica)
	}
	if c.In != uint64(len(text)) || c.Out != uint64(len(get)) {
		t.Errorf("counted %d in and %d out, want %d and %d", c.In, c.Out, len(text), len(get))
	}
}

func TestInterruptEndsAnUnansweredRequest(t *testing.T) {
	c := New(answer(t, false))
	defer c.Close()
	began := time.Now()
	time.AfterFunc(20*time.Millisecond, c.Interrupt)
	for range 3 { // the one in flight, and later ones
		if _, err := c.Do([]byte(get)); err == nil || Word(err) != "interrupted" {
			t.Errorf("got %v, want interrupted", err)
		}
	}
	if took := time.Since(began); took > c.timeout {
		t.Errorf("it took %v", took)
	}
}

func TestAnInterruptedConnectionCanBeRefreshed(t *testing.T) {
	const ok = fine + "Content-Length: 0\r\n\r\n"
	c := New(answer(t, false, ok, ok))
	defer c.Close()
	for range 2 {
		if _, err := c.Do([]byte(get)); err != nil {
			t.Fatal(err)
		}
		c.Interrupt()
		c.Refresh()
	}
}

// A server closes connections that have been idle for long. The next request must not fail because of it.
func TestRefreshReplacesWhatTheServerClosed(t *testing.T) {
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
			http.ReadRequest(bufio.NewReader(s))
			io.WriteString(s, fine+"Content-Length: 0\r\n\r\n")
			<-closed
			s.Close()
			closed <- true
		}
	}()
	c := New(l.Addr().String())
	defer c.Close()
	for range 2 {
		c.Refresh()
		if _, err := c.Do([]byte(get)); err != nil {
			t.Fatal(err)
		}
		before := c.tcp
		c.Refresh()
		if c.tcp != before {
			t.Fatal("an open connection was given up")
		}
		closed <- true
		<-closed
	}
}

func TestRefusedIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	if _, err := New(addr).Do([]byte(get)); err == nil || Word(err) != "refused" {
		t.Errorf("got %v, want refused", err)
	}
}
