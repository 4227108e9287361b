package wire

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answer serves one connection with fixed bytes for each request, and returns its address.
func answer(t testing.TB, close bool, answers ...string) string {
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
				for _, text := range answers {
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
	long := strings.Repeat("x", 100_000)
	for _, test := range []struct {
		name, text string
		close      bool // the server closes after it
		status     int
		body       string
		err        string // the word of the error; status and body are then not looked at
	}{
		{name: "length", text: fine + "Content-Length: 5\r\n\r\nhello", status: 200, body: "hello"},
		{name: "no reason phrase", text: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", status: 200},
		{name: "header case and space", text: "HTTP/1.1 401 No\r\ncOnTeNt-LeNgTh:  2 \r\n\r\nno", status: 401, body: "no"},
		{name: "longer than the buffer", text: fine + "Content-Length: 100000\r\n\r\n" + long, status: 200, body: long},
		{name: "chunked", text: chunks + "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n\r\n", status: 200, body: "abcde"},
		{name: "until close", text: fine + "\r\nall", close: true, status: 200, body: "all"},
		{name: "no content", text: "HTTP/1.1 204 No Content\r\n\r\n", status: 204},
		{name: "interim answer", text: "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny", status: 200, body: "y"},
		{name: "another protocol", text: "HTTP/1.1 101 Switching\r\n\r\n", err: "protocol"},
		{name: "not HTTP", text: "SSH-2.0-OpenSSH\r\n\r\n", err: "protocol"},
		{name: "bad length", text: fine + "Content-Length: -1\r\n\r\n", err: "protocol"},
		{name: "signed length", text: fine + "Content-Length: +1\r\n\r\nx", err: "protocol"},
		{name: "huge length", text: fine + "Content-Length: 99999999\r\n\r\n", err: "protocol"},
		{name: "both framings", text: fine + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", err: "protocol"},
		{name: "two lengths", text: fine + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", err: "protocol"},
		{name: "empty length", text: fine + "Content-Length:\r\n\r\n", err: "protocol"},
		{name: "folded header", text: fine + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", err: "protocol"},
		{name: "space before the colon", text: fine + "Content-Length : 1\r\n\r\nx", err: "protocol"},
		{name: "bare line feed", text: "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\nx", err: "protocol"},
		{name: "chunks before their time", text: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", err: "protocol"},
		{name: "another encoding", text: fine + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", err: "protocol"},
		{name: "version of tomorrow", text: "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", err: "protocol"},
		{name: "only interim answers", text: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 6), err: "protocol"},
		{name: "more chunk than body", text: chunks +
			strings.Repeat("1;"+strings.Repeat("x", 60_000)+"\r\ny\r\n", 80) + "0\r\n\r\n", err: "protocol"},
		{name: "endless body", text: fine + "\r\n" + strings.Repeat(long, 11), close: true, err: "protocol"},
		{name: "bad chunk", text: chunks + "xyz\r\n", err: "protocol"},
		{name: "trailers", text: chunks + "0\r\nA: b\r\n\r\n", err: "protocol"},
		{name: "endless headers", text: fine + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 100), err: "protocol"},
		{name: "cut in the head", text: fine + "Conte", close: true, err: "closed"},
		{name: "cut in the body", text: fine + "Content-Length: 5\r\n\r\nhel", close: true, err: "closed"},
		{name: "nothing at all", close: true, err: "closed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := New(answer(t, test.close, test.text))
			defer c.Close()
			reply, err := c.Do([]byte(get))
			switch {
			case test.err != "":
				if err == nil || Word(err) != test.err {
					t.Fatalf("got %d and %v, want an error of the kind %s", reply.Status, err, test.err)
				}
			case err != nil:
				t.Fatal(err)
			case reply.Status != test.status || string(reply.Body) != test.body:
				t.Errorf("got %d with %d bytes %.40q, want %d with %d",
					reply.Status, len(reply.Body), reply.Body, test.status, len(test.body))
			}
		})
	}
}

func TestConnectionIsKeptAndReplaced(t *testing.T) {
	const keep = fine + "Content-Length: 1\r\n\r\n"
	c := New(answer(t, true, keep+"a", keep+"b", fine+"Connection: x-own, Close\r\nContent-Length: 1\r\n\r\nc"))
	defer c.Close()
	got := ""
	for range 6 { // after the third answer a new connection starts anew
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

func TestBytesNobodyAskedForAreNotTheNextAnswer(t *testing.T) {
	c := New(answer(t, false, fine+"Content-Length: 1\r\n\r\na"+fine+"Content-Length: 1\r\n\r\nz",
		fine+"Content-Length: 1\r\n\r\nb"))
	defer c.Close()
	if _, err := c.Do([]byte(get)); err != nil {
		t.Fatal(err)
	}
	if reply, err := c.Do([]byte(get)); err == nil && string(reply.Body) == "z" {
		t.Error("an answer that nobody asked for was taken for the next one")
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

func TestInterruptEndsARequestThatNobodyAnswers(t *testing.T) {
	c := New(answer(t, false))
	defer c.Close()
	began := time.Now()
	time.AfterFunc(20*time.Millisecond, c.Interrupt)
	for range 3 { // the one under way, and those that follow
		if _, err := c.Do([]byte(get)); err == nil || Word(err) != "interrupted" {
			t.Errorf("got %v, want interrupted", err)
		}
	}
	if took := time.Since(began); took > time.Second {
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

// A server closes connections that were idle for long. The request after that must not pay for it.
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

// FuzzAnswer feeds the same bytes to this client and to net/http: what both accept must mean the same.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		fine + "Content-Length: 5\r\n\r\nhello",
		chunks + "3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nX-Replica: a-1\r\n\r\n",
		"HTTP/1.0 200 OK\r\n\r\nuntil close",
		fine + "Connection: close\r\nX-Replica: a-1\r\nTransfer-Encoding: chunked\r\n\r\na;b=c\r\n0123456789\r\n0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		ours := &Conn{tcp: &recorded{text: bytes.NewReader(text)}, buf: make([]byte, 0, 8<<10)}
		reply, err := ours.exchange([]byte(get))
		if err != nil {
			return
		}
		from := bufio.NewReader(bytes.NewReader(text))
		theirs, err := http.ReadResponse(from, nil)
		for err == nil && theirs.StatusCode < 200 {
			theirs, err = http.ReadResponse(from, nil)
		}
		if err != nil {
			t.Fatalf("net/http refuses it (%v), this client reads %d %.60q", err, reply.Status, reply.Body)
		}
		body, err := io.ReadAll(theirs.Body)
		if err != nil || theirs.StatusCode != reply.Status || !bytes.Equal(body, reply.Body) {
			t.Errorf("net/http reads %d %.60q (%v), this client %d %.60q", theirs.StatusCode, body, err, reply.Status, reply.Body)
		}
	})
}

// recorded is a connection that answers with fixed bytes.
type recorded struct {
	net.Conn
	text *bytes.Reader
}

func (r *recorded) Write(p []byte) (int, error) { return len(p), nil }
func (r *recorded) Read(p []byte) (int, error)  { return r.text.Read(p) }
func (r *recorded) SetDeadline(time.Time) error { return nil }
func (r *recorded) Close() error                { return nil }
