package apitest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"authlab/servers/api"
)

const (
	slowClients = 400
	slowHeader  = time.Second // how long a client may take in the check of slow ones
)

func limitsHold(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	for _, size := range []int{32 << 10, 1 << 20} {
		head := "GET /v1/me HTTP/1.1\r\nHost: x\r\nCookie: a=" + strings.Repeat("b", size) + "\r\n\r\n"
		status, err := raw(w.urls[0], head)
		if err != nil {
			return fmt.Errorf("a cookie of %d bytes: %w", size, err)
		}
		if !strings.Contains(status, " 431 ") && !strings.Contains(status, " 400 ") {
			return fmt.Errorf("a cookie of %d bytes was answered %q, want 431", size, status)
		}
	}
	for _, size := range []int{65 << 10, 1 << 20} {
		body := `{"username":"load-000001","password":"` + strings.Repeat("a", size) + `"}`
		if _, err := w.want(http.StatusRequestEntityTooLarge, 0, "POST", "/v1/login", nil, body); err != nil {
			return err
		}
	}
	if _, err := w.want(http.StatusOK, 0, "GET", "/v1/me", c.header, nil); err != nil {
		return err
	}
	w.config = func(c *api.Config) { c.Header = slowHeader }
	w.urls = []string{w.serve(0)}
	return w.slow()
}

// raw sends bytes and returns the status line of the answer, however few of the bytes the server wanted to read.
func raw(url, text string) (string, error) {
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(url, "http://"), 5*time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.WriteString(conn, text) }() // it ends with the connection
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("no answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// slow keeps hundreds of connections busy with requests that never end. Meanwhile other clients are served, and the
// slow ones dropped.
func (w *world) slow() error {
	c, err := w.login(0, "load-000002", nil)
	if err != nil {
		return err
	}
	beginnings := []string{
		"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"user",
		"",
	}
	began := time.Now()
	dropped := make(chan error, slowClients)
	for i := range slowClients {
		conn, err := net.DialTimeout("tcp", strings.TrimPrefix(w.urls[0], "http://"), 5*time.Second)
		if err != nil {
			return fmt.Errorf("slow connection %d: %w", i, err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, beginnings[i%len(beginnings)]); err != nil {
			return fmt.Errorf("slow connection %d: %w", i, err)
		}
		go func() {
			_ = conn.SetReadDeadline(began.Add(30 * time.Second))
			_, err := io.Copy(io.Discard, conn)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				dropped <- fmt.Errorf("a slow client was still connected after %v", time.Since(began))
				return
			}
			dropped <- nil
		}()
	}
	left := slowClients
	for served := 0; left > 0 || served < 20; served++ {
		late, at := machine.Mark(), time.Now()
		if _, err := w.want(http.StatusOK, 0, "GET", "/v1/me", c.header, nil); err != nil {
			return fmt.Errorf("beside %d slow clients: %w", left, err)
		}
		if took := time.Since(at); took > 2*time.Second+late() {
			return fmt.Errorf("beside %d slow clients an answer took %v", left, took)
		}
		select {
		case err := <-dropped:
			if err != nil {
				return err
			}
			for left--; len(dropped) > 0 && left > 0; left-- {
				if err := <-dropped; err != nil {
					return err
				}
			}
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// usersAreNotMixedUp cancels thousands of requests at random moments, and checks whose answer each of the others gets.
func usersAreNotMixedUp(w *world) error {
	const users, workers = 16, 8
	cancelled := int64(w.scheme.repeats("R23", 100_000))
	w = w.unwatched(2 * workers)
	who := make([]credential, users)
	for i := range who {
		var err error
		if who[i], err = w.login(i%len(w.urls), fmt.Sprintf("load-%06d", i), nil); err != nil {
			return err
		}
	}
	var cut, whole, busy atomic.Int64
	failed := make(chan error, workers)
	var all sync.WaitGroup
	for n := range workers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			more := func() bool { return cut.Load() < cancelled || whole.Load() < min(1000, cancelled) }
			for i := n; more() && busy.Load() <= max(1000, whole.Load()); i++ { // more add nothing
				c := who[random.IntN(users)]
				ctx, cancel := w.t.Context(), context.CancelFunc(func() {})
				if i%4 != 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(random.Int64N(int64(400*time.Microsecond))))
				}
				err := w.mine(ctx, i%len(w.urls), c)
				cancel()
				switch {
				case err == nil:
					whole.Add(1)
				case errors.Is(err, errBusy):
					busy.Add(1)
				case ctx.Err() != nil && errors.Is(err, ctx.Err()) || errors.Is(err, context.DeadlineExceeded):
					cut.Add(1)
				default:
					failed <- err
					cut.Store(1 << 40)
					whole.Store(1 << 40)
					return
				}
			}
		})
	}
	all.Wait()
	close(failed)
	if err := <-failed; err != nil {
		return err
	}
	if busy.Load() > whole.Load()/10 {
		return fmt.Errorf("%d requests were answered and %d were not: cancelled requests keep the server from its work",
			whole.Load(), busy.Load())
	}
	return nil
}

// errBusy means no answer: a busy machine delayed the store.
var errBusy = errors.New("503")

// mine asks who c is and checks that the answer names its user.
func (w *world) mine(ctx context.Context, replica int, c credential) error {
	r, err := http.NewRequestWithContext(ctx, "GET", w.urls[replica]+"/v1/me", nil)
	if err != nil {
		return err
	}
	r.Header = c.header.Clone()
	got, err := w.client.RoundTrip(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return err
	}
	if got.StatusCode == http.StatusServiceUnavailable {
		return errBusy
	}
	u := c.answer.User
	want := fmt.Sprintf(`{"id":%q,"name":%q,"role":%q}`, u.ID, u.Name, u.Role)
	if got.StatusCode != http.StatusOK || string(body) != want {
		return fmt.Errorf("status %d, %s, want %s", got.StatusCode, body, want)
	}
	return nil
}
