package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"authlab/servers/user"
)

// response is a complete answer.
type response struct {
	*http.Response
	body []byte
}

// do sends one request to a replica. header may be nil; body may be nil, a string (sent unchanged) or a value (sent as
// JSON).
func (w *world) do(replica int, method, path string, header http.Header, body any) (response, error) {
	var reader io.Reader
	contentType := ""
	switch b := body.(type) {
	case nil:
	case string:
		reader, contentType = strings.NewReader(b), "application/json"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return response{}, err
		}
		reader, contentType = bytes.NewReader(text), "application/json"
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.urls[replica]+path, reader)
	if err != nil {
		return response{}, err
	}
	for name, values := range header {
		r.Header[name] = append([]string(nil), values...)
	}
	if contentType != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", contentType)
	}
	got, err := w.client.RoundTrip(r)
	if err != nil {
		return response{}, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return response{got, text}, err
}

// unwatched returns the same world, for a check that sends too much to compare each answer with openapi.yaml.
func (w *world) unwatched(connections int) *world {
	transport := &http.Transport{
		DisableCompression: true, MaxIdleConnsPerHost: connections,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if tcp, ok := conn.(*net.TCPConn); ok {
				// Closing resets the connections. Otherwise each one that a cancelled request leaves behind keeps a port for a
				// minute, and there are more of them than ports.
				_ = tcp.SetLinger(0)
			}
			return conn, err
		},
	}
	w.t.Cleanup(transport.CloseIdleConnections)
	other := *w
	other.client = transport
	return &other
}

// want is do, and an error unless the status is the expected one. If a busy machine delays the store, a server rightly
// answers 503; requests that may be repeated are.
func (w *world) want(status, replica int, method, path string, header http.Header, body any) (response, error) {
	got, err := w.do(replica, method, path, header, body)
	for range 3 {
		if err != nil || got.StatusCode != http.StatusServiceUnavailable || status == got.StatusCode ||
			method != "GET" && path != "/v1/login" {
			break
		}
		time.Sleep(100 * time.Millisecond)
		got, err = w.do(replica, method, path, header, body)
	}
	if err == nil && got.StatusCode != status {
		err = fmt.Errorf("%s %s on replica %d: status %d, want %d: %.300s", method, path, replica, got.StatusCode,
			status, got.body)
	}
	return got, err
}

// everywhere is want on every replica.
func (w *world) everywhere(status int, method, path string, header http.Header, body any) error {
	for i := range w.urls {
		if _, err := w.want(status, i, method, path, header, body); err != nil {
			return err
		}
	}
	return nil
}

// login signs a demonstration or load user in at a replica. presenting is what the request already carries; it may be
// nil.
func (w *world) login(replica int, name string, presenting http.Header) (credential, error) {
	return w.loginWith(replica, name, w.password(name), presenting)
}

// password returns the initial password of a demonstration or load user.
func (w *world) password(name string) string {
	if strings.HasPrefix(name, "load-") {
		return user.LoadPassword(w.loadKey, name)
	}
	return user.DemoPassword
}

func (w *world) loginWith(replica int, name, password string, presenting http.Header) (credential, error) {
	body := map[string]string{"username": name, "password": password}
	got, err := w.want(http.StatusOK, replica, "POST", "/v1/login", presenting, body)
	if err != nil {
		return credential{}, err
	}
	return w.credentialOf(got)
}

// credentialOf returns what an answer to a login or a refresh hands out.
func (w *world) credentialOf(got response) (credential, error) {
	c := credential{header: http.Header{}}
	if err := json.Unmarshal(got.body, &c.answer); err != nil {
		return c, fmt.Errorf("unexpected answer to a login: %w: %.300s", err, got.body)
	}
	c.refresh = c.answer.RefreshToken
	switch w.scheme.Carrier {
	case Cookie:
		for _, cookie := range sentWith(got) {
			c.header.Add("Cookie", cookie.Name+"="+cookie.Value)
		}
		if len(c.header["Cookie"]) != 1 {
			return c, fmt.Errorf("the login set %d cookies, want 1", len(c.header["Cookie"]))
		}
	case Bearer:
		if c.answer.AccessToken == "" || c.answer.TokenType != "Bearer" {
			return c, fmt.Errorf("the login handed out no bearer token: %.100s", got.body)
		}
		c.header.Set("Authorization", "Bearer "+c.answer.AccessToken)
	case Name:
		u := c.answer.User
		c.header.Set("Authlab-User", u.ID+";"+u.Name+";"+u.Role)
	}
	return c, nil
}

// sentWith returns the cookies of an answer that a browser sends with every call. The device cookie goes to the login
// alone.
func sentWith(got response) []*http.Cookie {
	return slices.DeleteFunc(got.Cookies(), func(c *http.Cookie) bool { return c.Path == "/v1/login" })
}

// alive reports whether a replica accepts a credential: 200 for its own user, or 401. Anything else is an error.
func (w *world) alive(replica int, c credential) (bool, error) {
	got, err := w.do(replica, "GET", "/v1/me", c.header, nil)
	switch {
	case err != nil:
		return false, err
	case got.StatusCode == http.StatusUnauthorized:
		return false, nil
	case got.StatusCode != http.StatusOK:
		return false, fmt.Errorf("GET /v1/me: status %d: %.300s", got.StatusCode, got.body)
	}
	var who person
	if err := json.Unmarshal(got.body, &who); err != nil || who != c.answer.User {
		return false, fmt.Errorf("GET /v1/me answered %.300s, want %+v", got.body, c.answer.User)
	}
	return true, nil
}
