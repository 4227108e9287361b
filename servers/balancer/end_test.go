package balancer

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// connection is one on which a test speaks HTTP by hand.
type connection struct {
	net.Conn
	from *bufio.Reader
}

func dial(t *testing.T, base string) connection {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return connection{c, bufio.NewReader(c)}
}

// ask returns nil if there is no answer.
func (c connection) ask() *http.Response {
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	answer, err := http.ReadResponse(c.from, nil)
	if err != nil {
		return nil
	}
	io.Copy(io.Discard, answer.Body)
	return answer
}

func await(t *testing.T, what string, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !until(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	replica := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer replica.Close()
	_, base, stop := serve(t, []string{replica.URL}, func(c *Config) { c.MaxConns = 2 })
	defer stop()
	for range 5 {
		if answer := dial(t, base).ask(); answer == nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("beside clients that ask nothing: %+v", answer)
		}
	}
}

func TestShutdownLosesNoRequestOnAnIdleConnection(t *testing.T) {
	replica := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer replica.Close()
	_, base, stop := serve(t, []string{replica.URL}, func(c *Config) { c.Linger = time.Hour }) // until clients have left
	client := dial(t, base)
	if answer := client.ask(); answer == nil || answer.Close {
		t.Fatalf("before the end: %+v", answer)
	}
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	await(t, "the balancer to accept no more", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if answer := client.ask(); answer == nil || answer.StatusCode != http.StatusOK || !answer.Close {
		t.Errorf("while the balancer leaves: %+v, want 200 and Connection: close", answer)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A stalled client does not make a shutdown ungraceful, and a stalled replica does.
func TestShutdownDoesNotWaitForWhoStalls(t *testing.T) {
	over := make(chan struct{})
	replica := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodGet {
			<-over
		}
	}))
	defer replica.Close()
	defer close(over)
	for sends, graceful := range map[string]bool{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{": true,
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                         false,
	} {
		b, base, stop := serve(t, []string{replica.URL}, func(c *Config) { c.Shutdown, c.Linger = time.Second, 0 })
		io.WriteString(dial(t, base), sends)
		await(t, "the request", func() bool { return b.backends[0].inFlight.Load() == 1 })
		if err := stop(); err == nil != graceful || err != nil && !strings.Contains(err.Error(), "--shutdown-timeout") {
			t.Errorf("%.4s: ended with %v", sends, err)
		}
	}
}
