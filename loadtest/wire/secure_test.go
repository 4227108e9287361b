package wire

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// secure starts a server with TLS. It returns a connection to it, and how many connections the server has had.
func secure(t *testing.T, handler http.HandlerFunc) (c *Conn, opened *atomic.Int64) {
	t.Helper()
	opened = new(atomic.Int64)
	s := httptest.NewUnstartedServer(handler)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // errors of untrusted clients
	s.EnableHTTP2 = true                           // it must not be used: a scheme's number of connections is fixed
	s.StartTLS()
	t.Cleanup(s.Close)
	trusted := s.Client().Transport.(*http.Transport).TLSClientConfig
	c = NewSecure(s.Listener.Addr().String(), &tls.Config{RootCAs: trusted.RootCAs})
	t.Cleanup(c.Close)
	return c, opened
}

func TestSecure(t *testing.T) {
	c, opened := secure(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.ProtoMajor != 1 || r.TLS == nil || r.Header["User-Agent"] != nil {
			t.Errorf("asked over %s with %v", r.Proto, r.Header)
		}
		w.Header().Set("X-Replica", "a-1")
		w.Header().Add("Set-Cookie", "a=1; Path=/")
		w.Header().Add("Set-Cookie", "b=2")
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+r.Host+" "+string(body))
	})
	for range 3 {
		reply, err := c.Do([]byte("POST /a?b HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\nhi"))
		if err != nil {
			t.Fatal(err)
		}
		cookies := string(bytes.Join(reply.Values("set-cookie"), []byte("|")))
		if reply.Status != http.StatusAccepted || string(reply.Body) != "POST /a?b shop hi" ||
			string(reply.Replica) != "a-1" ||
			cookies != "a=1; Path=/|b=2" {
			t.Errorf("got %d %q from %q with cookies %q", reply.Status, reply.Body, reply.Replica, cookies)
		}
	}
	if opened.Load() != 1 || c.In < 3*100 || c.Out < 3*50 {
		t.Errorf("%d connections, %d bytes in and %d out", opened.Load(), c.In, c.Out)
	}
}

func TestSecureErrorsAreNamed(t *testing.T) {
	held := make(chan bool)
	c, _ := secure(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			io.WriteString(w, strings.Repeat("x", maxBody+1))
		case "/cut":
			w.Header().Set("Content-Length", "5")
		case "/held":
			w.(http.Flusher).Flush()
			<-held
		}
	})
	defer close(held)
	c.timeout = 5 * time.Second
	for path, want := range map[string]string{"/large": "protocol", "/cut": "closed"} {
		if _, err := c.Do([]byte("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")); err == nil || Word(err) != want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
	began := time.Now()
	stop := time.AfterFunc(20*time.Millisecond, c.Interrupt)
	defer stop.Stop()
	for range 2 {
		if _, err := c.Do([]byte("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")); err == nil || Word(err) != "interrupted" {
			t.Errorf("got %v, want interrupted", err)
		}
	}
	if took := time.Since(began); took > c.timeout {
		t.Errorf("it took %v", took)
	}
	c.Refresh()
	if _, err := c.Do([]byte(get)); err != nil {
		t.Errorf("after the interruption: %v", err)
	}
	c.timeout = 20 * time.Millisecond
	if _, err := c.Do([]byte("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")); err == nil || Word(err) != "timeout" {
		t.Errorf("got %v, want timeout", err)
	}
}

func TestAStrangersCertificateIsRefused(t *testing.T) {
	known, _ := secure(t, func(http.ResponseWriter, *http.Request) { t.Error("a stranger was asked") })
	c := NewSecure(known.addr, nil)
	defer c.Close()
	if _, err := c.Do([]byte(get)); err == nil || Word(err) != "certificate" {
		t.Errorf("got %v, want certificate", err)
	}
}
