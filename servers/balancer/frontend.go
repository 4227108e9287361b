package balancer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"
	"sync"
	"time"
)

// newFrontend balances over the given replicas.
func newFrontend(backends []*backend, c Config, transport http.RoundTripper) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:        rewrite,
		Transport:      &spreader{rotation: rotation{backends: backends, policy: c.Policy}, next: transport, log: c.Log},
		ModifyResponse: func(answer *http.Response) error { leaveUnread(answer.Request, answer.Header); return nil },
		BufferPool:     &buffers{sync.Pool{New: func() any { return new([32 << 10]byte) }}},
		ErrorHandler:   answerError,
		ErrorLog:       slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
}

// rewrite tells the replica which client the balancer saw. It drops what a client says about itself in the same
// headers, and any other header that a server might take for a client's address. ReverseProxy has already removed the
// hop-by-hop headers.
func rewrite(r *httputil.ProxyRequest) {
	for name := range r.Out.Header {
		if strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip" {
			delete(r.Out.Header, name)
		}
	}
	host, _, err := net.SplitHostPort(r.In.RemoteAddr)
	if err == nil {
		r.Out.Header["X-Forwarded-For"] = []string{host}
	}
	r.Out.Header["X-Forwarded-Proto"] = []string{"http"}
	r.Out.URL.Scheme = "http"
	r.Out.URL.RawQuery = r.In.URL.RawQuery // ReverseProxy drops what it cannot parse: that is the server's to judge
}

// spreader is the RoundTripper that chooses a replica for each request.
type spreader struct {
	rotation
	next http.RoundTripper
	log  *slog.Logger
}

var (
	// errNoReplica says that no replica could be connected to.
	errNoReplica = errors.New("no replica accepts connections")
	// errInside says that a path is not for users, only for clients that reach the replicas directly.
	errInside = errors.New("ask the replicas for it")
)

// insidePath is where replicas publish their metrics.
const insidePath = "/metrics"

// RoundTrip sends the request to one replica. It tries another only if no connection to the first could be made: then
// nothing was sent, and nothing can happen twice.
func (s *spreader) RoundTrip(r *http.Request) (*http.Response, error) {
	wanted := ""
	if s.policy == Sticky {
		wanted = takeCookie(r.Header)
	}
	hideIdempotencyKey(r.Header)
	if r.Body != nil {
		defer r.Body.Close()
	}
	if path, _, _ := strings.Cut(r.URL.Path, "\x00"); path == insidePath { // for some readers a text ends at NUL
		return nil, errInside
	}
	var tried map[*backend]bool
	for {
		b := s.pick(wanted, tried)
		if b == nil {
			return nil, errNoReplica
		}
		b.inFlight.Add(1)
		answer, err := s.next.RoundTrip(to(b, r))
		if err == nil {
			if s.policy == Sticky && b.name != wanted {
				giveCookie(answer.Header, b.name)
			}
			answer.Request = r
			answer.Body = counted(answer.Body, b)
			if answer.ContentLength < 0 || answer.ContentLength > soon {
				leaveWith(r, answer.Body)
			}
			return answer, nil
		}
		b.inFlight.Add(-1)
		if !refused(err) {
			return nil, err
		}
		if !b.down.Swap(true) {
			s.log.Warn("refused a connection", "replica", b.name)
		}
		if tried == nil {
			tried = map[*backend]bool{}
		}
		tried[b] = true
	}
}

// A client that closes its side of a connection may have gone, or may wait for the answer: the two look alike. So a
// request that was sent is answered, as HAProxy does. A long or endless answer continues for gone after the client has
// closed.
const (
	soon = 64 << 10 // bytes
	gone = 5 * time.Second
)

// leaveWith ends the reading of an answer a while after its client has closed.
func leaveWith(r *http.Request, answer io.Closer) {
	context.AfterFunc(r.Context(), func() { time.AfterFunc(gone, func() { _ = answer.Close() }) })
}

// to is r addressed to b. The transport closes a body when it cannot connect, so it gets one that survives that.
func to(b *backend, r *http.Request) *http.Request {
	out, url := r.WithContext(context.WithoutCancel(r.Context())), *r.URL
	url.Host = b.host
	out.URL = &url
	if r.Body != nil && r.Body != http.NoBody {
		out.Body = io.NopCloser(r.Body)
		if sent := bodyOf(r); sent != nil {
			out.GetBody = sent.again
		}
	}
	return out
}

// hideIdempotencyKey keeps net/http from sending a request with this header twice by itself. It looks for the canonical
// spelling only, and on the wire the case does not matter.
func hideIdempotencyKey(h http.Header) {
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := h[name]; ok {
			delete(h, name)
			h[strings.ToLower(name)] = values
		}
	}
}

// refused reports whether no connection was made.
func refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// answerError turns a failure to get an answer into one.
func answerError(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadGateway
	theirs := bodyOf(r).fault()
	switch {
	case theirs != 0:
		status = theirs
	case errors.Is(err, errInside):
		status = http.StatusNotFound
	case errors.Is(err, errNoReplica):
		status = http.StatusServiceUnavailable
	case errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err):
		status = http.StatusGatewayTimeout
	}
	body, _ := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
	}{"about:blank", http.StatusText(status), status})
	h := w.Header()
	leaveUnread(r, h)
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// counted lowers the count of requests in flight when the body was read or dropped.
func counted(body io.ReadCloser, b *backend) io.ReadCloser {
	once := sync.OnceFunc(func() { b.inFlight.Add(-1) })
	if both, ok := body.(io.ReadWriteCloser); ok { // a switched protocol
		return &countedBoth{both, once}
	}
	return &countedBody{body, once}
}

type countedBody struct {
	io.ReadCloser
	done func()
}

func (c *countedBody) Close() error { c.done(); return c.ReadCloser.Close() }

type countedBoth struct {
	io.ReadWriteCloser
	done func()
}

func (c *countedBoth) Close() error { c.done(); return c.ReadWriteCloser.Close() }

// buffers lends the buffers through which bodies are copied.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte  { return b.pool.Get().(*[32 << 10]byte)[:] }
func (b *buffers) Put(p []byte) { b.pool.Put((*[32 << 10]byte)(p)) }
