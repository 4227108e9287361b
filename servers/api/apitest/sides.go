package apitest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// sideChecks cover what a client cannot know by itself: whether its request took effect.
var sideChecks = []check{
	{"R22 a request refused for its type has done nothing", authenticates, refusedDoesNothing},
	{"R22 a client that closes one side and waits is answered", ofServer, halfClosed},
}

// refusedDoesNothing sends bodies of other types to the calls that end a login.
func refusedDoesNothing(w *world) error {
	for _, path := range []string{"/v1/logout", "/v1/logout-all", "/v1/refresh"} {
		for _, media := range []string{
			"text/plain", "application/x-www-form-urlencoded",
			"application/json; charset=utf-16",
		} {
			c, err := w.login(0, "load-000003", nil)
			if err != nil {
				return err
			}
			header := c.header.Clone()
			header.Set("Content-Type", media)
			if _, err := w.want(http.StatusUnsupportedMediaType, 0, "POST", path, header, "hello"); err != nil {
				return fmt.Errorf("as %s: %w", media, err)
			}
			if _, err := w.lives(c); err != nil {
				return fmt.Errorf("after %s as %s was refused: %w", path, media, err)
			}
		}
	}
	return nil
}

// halfClosed makes clients send a complete request, close that side of the connection, and wait for the answer.
func halfClosed(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	front, err := w.throughBalancer()
	if err != nil {
		return err
	}
	for _, base := range []string{w.urls[0], front} {
		for range 10 {
			for _, ask := range []struct {
				what   string
				header http.Header
				status int
			}{
				{"GET /v1/balance", c.header, http.StatusOK},
				{"GET /v1/balance", nil, http.StatusUnauthorized},
				{"POST /v1/refresh", nil, http.StatusUnauthorized},
			} {
				if w.scheme.Carrier == Name && ask.status == http.StatusUnauthorized && ask.what != "GET /v1/balance" {
					continue
				}
				status, err := saidAll(base, ask.what, ask.header)
				if err == nil && status != ask.status {
					err = fmt.Errorf("status %d, want %d", status, ask.status)
				}
				if err != nil {
					return fmt.Errorf("%s at %s: %w", ask.what, base, err)
				}
			}
		}
	}
	return nil
}

// saidAll sends a request, closes that side, and returns the status of the answer.
func saidAll(base, what string, header http.Header) (int, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var text strings.Builder
	text.WriteString(what + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n")
	if err := header.Write(&text); err != nil {
		return 0, err
	}
	if _, err := io.WriteString(conn, text.String()+"\r\n"); err != nil {
		return 0, err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return 0, err
	}
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return got.StatusCode, got.Body.Close()
}
