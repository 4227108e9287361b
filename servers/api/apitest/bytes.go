package apitest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"authlab/servers/api"
	"authlab/servers/balancer"
)

// byteChecks cover malformed requests: they are the client's fault, on every route, over every connection path.
var byteChecks = []check{
	{"R22 an odd id, query or header is the client's fault", ofServer, oddNames},
	{"R22 a body that is broken, cut or stalled is the client's fault", ofServer, brokenBodies},
	{"R22 a body that is sent in an unusual way is read, or refused", ofServer, unusualBodies},
	{"R22 a stalled client keeps no client out, and no server from shutting down", ofServer, stallersYield},
}

// anID stands for {id} in a path: well formed, but no account's.
const anID = "AAAAAAAAAAAAAAAAAAAAAA"

// every lists all calls of the document, with the role that each needs.
func (w *world) every() ([]call, http.Header, error) {
	d, err := document()
	if err != nil {
		return nil, nil, err
	}
	var all []call
	for path, item := range d.Paths.Map() {
		for method := range item.Operations() {
			all = append(all, call{method, strings.Replace(path, "{id}", anID, 1), nil})
		}
	}
	slices.SortFunc(all, func(a, b call) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	admin, err := w.login(0, "admin", nil)
	return all, admin.header, err
}

// throughBalancer returns the URL of the embedded balancer before the replicas.
func (w *world) throughBalancer() (string, error) {
	c := balancer.Default()
	c.Linger, c.Frontends = 0, []balancer.Frontend{{Addr: "127.0.0.1:0", Size: len(w.urls)}}
	for _, text := range w.urls {
		u, err := url.Parse(text)
		if err != nil {
			return "", err
		}
		c.Backends = append(c.Backends, u)
	}
	b, err := balancer.Listen(c)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		<-done
	})
	return "http://" + b.Addrs()[0].String(), nil
}

// ways returns the URLs by which the servers are reached.
func (w *world) ways() (map[string]string, error) {
	front, err := w.throughBalancer()
	return map[string]string{"directly": w.urls[0], "through balancerd": front}, err
}

// head begins a hand-written request.
func head(line string, headers ...http.Header) string {
	text := line + " HTTP/1.1\r\nHost: x\r\n"
	for _, header := range headers {
		for name, values := range header {
			for _, value := range values {
				text += name + ": " + value + "\r\n"
			}
		}
	}
	return text
}

// exchange sends bytes, ends the stream if cut, and returns the answer.
func exchange(to, text string, cut bool) (response, error) {
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(to, "http://"), 10*time.Second)
	if err != nil {
		return response{}, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	go func() {
		_, _ = io.WriteString(conn, text) // it ends with the connection
		if cut {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
	}()
	method, _, _ := strings.Cut(text, " ")
	from, asked := bufio.NewReader(conn), &http.Request{Method: method}
	got, err := http.ReadResponse(from, asked)
	for err == nil && got.StatusCode < 200 { // a balancer may pass on the server's, beside its own (RFC 9110 section 15.2)
		got, err = http.ReadResponse(from, asked)
	}
	if err != nil {
		return response{}, fmt.Errorf("no answer to %.60q: %w", text, err)
	}
	body, err := io.ReadAll(got.Body)
	got.Body.Close()
	return response{got, body}, err
}

// everything sends bytes and returns all that comes until the connection ends.
func everything(to, text string) (string, error) {
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(to, "http://"), 10*time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		return "", err
	}
	all, err := io.ReadAll(conn)
	return string(all), err
}

// blamed sends bytes and expects one of the statuses, or any 4xx if none is named. It retries if a busy machine delayed
// the store.
func blamed(to, text string, cut bool, statuses ...int) error {
	got, err := exchange(to, text, cut)
	for range 3 {
		if err != nil || got.StatusCode != http.StatusServiceUnavailable {
			break
		}
		got, err = exchange(to, text, cut)
	}
	switch {
	case err != nil:
		return err
	case len(statuses) == 0 && got.StatusCode/100 == 4, slices.Contains(statuses, got.StatusCode):
		return nil
	}
	return fmt.Errorf("%.80q was answered %d, want %v (4xx where none is named): %.200s", text, got.StatusCode, statuses,
		got.body)
}

// broken lists bodies, with the headers that announce them, that end before they are complete.
var broken = map[string]string{
	"a chunk without a size":      "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
	"a negative chunk":            "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
	"an endless number":           "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n",
	"a chunk longer than it says": "Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n",
	"an invalid second chunk":     "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n",
	"an invalid trailer":          "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nno trailer\r\n\r\n",
	"a negative length":           "Content-Length: -1\r\n\r\n{}",
	"two lengths":                 "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
	"an invalid length":           "Content-Length: x\r\n\r\n{}",
}

// cutShort lists bodies whose rest does not come: they are cut, or stall.
var cutShort = map[string]string{
	"of a length":  "Content-Length: 50\r\n\r\n{\"refresh_token\":\"",
	"at once":      "Content-Length: 50\r\n\r\n",
	"in a chunk":   "Transfer-Encoding: chunked\r\n\r\n32\r\n{\"refresh_token\":\"",
	"in a size":    "Transfer-Encoding: chunked\r\n\r\n3",
	"in a trailer": "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: ",
}

func brokenBodies(w *world) error {
	calls, admin, err := w.every()
	if err != nil {
		return err
	}
	w.config = func(c *api.Config) { c.Header = slowHeader }
	patient := w.urls[0]
	w.urls = []string{w.serve(len(w.urls))}
	impatient := w.urls[0]
	front, err := w.throughBalancer()
	if err != nil {
		return err
	}
	calls = append(calls,
		call{"POST", "/v1/nothing", nil}, call{"POST", "/v1/me", nil}, call{"PATCH", "/v1/password", nil})
	var all sync.WaitGroup
	var failed errorList
	send := func(what, to, text string, cut bool, statuses ...int) {
		if err := blamed(to, text, cut, statuses...); err != nil {
			failed.add(fmt.Errorf("a body that %s: %w", what, err))
		}
	}
	for _, c := range calls {
		for _, media := range []string{"application/json", "application/x-www-form-urlencoded"} {
			begin := head(c.method+" "+c.path, admin, http.Header{"Content-Type": {media}})
			ways := map[string]string{"": patient, ", through balancerd": front}
			if c.path == "/metrics" {
				delete(ways, ", through balancerd") // which refuses it unread
			}
			for way, to := range ways {
				slow := impatient
				if way != "" {
					slow = front
				}
				for where, rest := range cutShort {
					statuses := []int{408}
					if where == "in a trailer" {
						statuses = append(statuses, 400) // net/http says only that there is no body
					}
					// These take time, each the same.
					all.Go(func() { send("stalls "+where+way, slow, begin+rest, false, statuses...) })
				}
				for where, rest := range cutShort {
					send("is cut "+where+way, to, begin+rest, true, 400)
				}
				for what, rest := range broken {
					send("has "+what+way, to, begin+rest, true, 400)
				}
			}
		}
	}
	all.Wait()
	return failed.joined()
}

// errorList collects errors of concurrent checks, the first few.
type errorList struct {
	mu   sync.Mutex
	errs []error
}

func (l *errorList) add(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.errs) < maxDifferences {
		l.errs = append(l.errs, err)
	}
}

func (l *errorList) joined() error { return errors.Join(l.errs...) }
