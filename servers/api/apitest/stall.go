package apitest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"authlab/servers/api"
)

// chunked is body in chunks of one byte, with other features that HTTP/1.1 allows.
func chunked(body string) string {
	var b strings.Builder
	for i := range len(body) {
		fmt.Fprintf(&b, "1;extension=x\r\n%s\r\n", body[i:i+1])
	}
	return b.String() + "0\r\nX-Trailer: y\r\n\r\n"
}

func unusualBodies(w *world) error {
	calls, admin, err := w.every()
	if err != nil {
		return err
	}
	ways, err := w.ways()
	if err != nil {
		return err
	}
	login := fmt.Sprintf(`{"username":"load-000001","password":%q}`, w.password("load-000001"))
	length := fmt.Sprintf("Content-Length: %d\r\n", len(login))
	post := head("POST /v1/login", http.Header{"Content-Type": {"application/json"}})
	typed := func(types ...string) string {
		return head("POST /v1/login", http.Header{"Content-Type": types}) + length
	}
	me := head("GET /v1/me", admin)
	for way, to := range ways {
		err := errors.Join(
			blamed(to, post+"Transfer-Encoding: chunked\r\nTrailer: X-Trailer\r\n\r\n"+chunked(login), false, 200),
			blamed(to, post+"Transfer-Encoding: CHUNKED\r\nExpect: 100-continue\r\n\r\n"+chunked(login), false, 200),
			blamed(to, post+length+"Expect: 100-continue\r\n\r\n"+login, false, 200),
			blamed(to, post+"Content-Length: 70000\r\nExpect: 100-continue\r\n\r\n", false, 413), // without a byte of it
			blamed(to, post+length+"Expect: 100-continue\r\nContent-Encoding: gzip\r\n\r\n", false, 415),
			blamed(to, post+length+"Expect: something\r\n\r\n"+login, false, 417),
			blamed(to, post+"Transfer-Encoding: gzip, chunked\r\n\r\n"+chunked(login), true, 501), // RFC 9112 section 6.1
			blamed(to, post+length+"Content-Encoding: identity\r\n\r\n"+login, false, 200),
			blamed(to, typed(`Application/JSON;charset="UTF-8"`)+"\r\n"+login, false, 200),
			blamed(to, typed("application/json; charset=iso-8859-1")+"\r\n"+login, false, 415),
			blamed(to, typed("application/json", "text/plain")+"\r\n"+login, false, 415),
			blamed(to, typed()+"\r\n"+login, false, 415),
			blamed(to, me+"Content-Encoding: gzip\r\n\r\n", false, 200), // of an empty body
			blamed(to, me+"Content-Length: 2\r\n\r\n{}", false, 200),
		)
		for _, coding := range []string{
			"gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "gzip,identity", "unheard-of",
		} {
			err = errors.Join(err, refusedCoding(to, post+length+"Content-Encoding: "+coding+"\r\n\r\n"+login))
		}
		for _, c := range calls {
			begin := head(c.method+" "+c.path, admin, http.Header{"Content-Type": {"application/json"}})
			if c.path == "/metrics" && way != "directly" {
				continue // which the balancer refuses unread
			}
			err = errors.Join(err, refusedCoding(to, begin+"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"))
			for _, size := range []int{65<<10 + 1, 1 << 20} {
				large := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", size, strings.Repeat(" ", size))
				err = errors.Join(err, blamed(to, begin+large, false, 413))
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
	}
	return nil
}

// refusedCoding expects 415, with the codings that would be accepted.
func refusedCoding(to, text string) error {
	got, err := exchange(to, text, false)
	if err != nil {
		return err
	}
	if takes := got.Header.Get("Accept-Encoding"); got.StatusCode != 415 || takes != "identity" {
		return fmt.Errorf("%.200q was answered %d, Accept-Encoding %q", text, got.StatusCode, takes)
	}
	return nil
}

// stallersYield fills a server's places with requests whose bodies stall, for one call after the other. Another client
// is still served, long before they time out, and the server shuts down gracefully.
func stallersYield(w *world) error {
	const header = 10 * time.Second // bodies have twice that, and stalled ones a fifth when others wait
	stallers := []call{{"GET", "/v1/me", nil}, {"POST", "/v1/logout", nil}, {"POST", "/v1/refresh", nil}}
	w.config = func(c *api.Config) {
		c.MaxConnections, c.Header, c.Shutdown = len(stallers), header, 2*time.Second
	}
	server, err := w.open(len(w.urls))
	if err != nil {
		return err
	}
	defer server.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	defer end()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	w.urls = append(w.urls, "http://"+l.Addr().String())
	c, err := w.login(len(w.urls)-1, "load-000001", nil)
	if err != nil {
		return err
	}

	stall := func(to call) error {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		w.t.Cleanup(func() { conn.Close() })
		form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Content-Length": {"50"}}
		_, err = io.WriteString(conn, head(to.method+" "+to.path, c.header, form)+"\r\na")
		return err
	}
	for _, to := range stallers {
		if err := stall(to); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := blamed("http://"+l.Addr().String(), head("GET /v1/me", c.header)+"\r\n", false, 200); err != nil {
		return fmt.Errorf("while all places were taken by requests that stall: %w", err)
	}
	if took := time.Since(began); took > header {
		return fmt.Errorf("while all places were taken by requests that stall, an answer took %v", took)
	}
	if err := w.inFlight(l.Addr().String(), c.header); err != nil {
		return err
	}
	end()
	if err := <-ended; err != nil {
		return fmt.Errorf("beside requests that stall: %w", err)
	}
	return nil
}

// inFlight returns when the server has the complete header of a request whose body stalls.
func (w *world) inFlight(address string, header http.Header) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	w.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	body := http.Header{"Content-Type": {"application/json"}, "Content-Length": {"50"}, "Expect": {"100-continue"}}
	if _, err := io.WriteString(conn, head("POST /v1/logout", header, body)+"\r\n"); err != nil {
		return err
	}
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil && got.StatusCode != http.StatusContinue {
		err = fmt.Errorf("a request that waits for 100 got %d", got.StatusCode)
	}
	return err
}
