package balancer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"authlab/servers/api/connections"
)

// body is a request's body. It is passed on as it comes. The balancer needs to know three things: whose fault an early
// end is, whether the client is still sending, and the body's beginning, for a second connection.
type body struct {
	from    io.Reader
	control *http.ResponseController

	mu    sync.Mutex
	begun []byte // what was read first, if all of it fits
	long  bool   // more was read than begun has
	ended error  // io.EOF once it is complete
}

type bodyKey struct{}

// received is r with a watched body, which must arrive within the patience. Call end when r is answered.
func received(w http.ResponseWriter, r *http.Request, patience time.Duration) (watched *http.Request, end func()) {
	b := &body{from: connections.Body(r.Context(), r.Body), control: http.NewResponseController(w)}
	_ = b.control.SetReadDeadline(time.Now().Add(patience))
	watched = r.WithContext(context.WithValue(r.Context(), bodyKey{}, b))
	watched.Body = b
	return watched, b.rest
}

// restTimeout is how long the rest of a body may take after the answer.
const restTimeout = time.Second

// rest reads what is left of a body once its request is answered, so that a client that is still sending gets no reset
// before it has read the answer. net/http would do so too, but forever if the client stalls.
func (b *body) rest() {
	if b.over() {
		return
	}
	_ = b.control.Flush()
	_ = b.control.SetReadDeadline(time.Now().Add(restTimeout))
	_, _ = io.Copy(io.Discard, b)
}

// bodyOf returns the watched body of r, or nil.
func bodyOf(r *http.Request) *body {
	b, _ := r.Context().Value(bodyKey{}).(*body)
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.long = b.long || len(b.begun)+n > writeBuffer; b.long {
		b.begun = nil
	} else {
		b.begun = append(b.begun, p[:n]...)
	}
	if err == nil || b.ended != nil {
		return n, err
	}
	b.ended = err
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{}) // from now on it is the replica that takes time
	} else {
		_ = b.control.SetReadDeadline(time.Unix(1, 0)) // a broken body is not read further
	}
	return n, err
}

// Close does nothing: net/http closes what it has opened, and would wait here for a stalled client.
func (b *body) Close() error { return nil }

// again returns the body from its beginning. net/http asks for it if nothing of the request could be written to a kept
// connection: then the replica has not seen it, and it may be sent again whatever its method (RFC 9110 section 9.2.2).
func (b *body) again() (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.long {
		return nil, errors.New("more of the body was read than is kept")
	}
	return io.NopCloser(io.MultiReader(bytes.NewReader(b.begun), b)), nil
}

// over reports whether nothing more of it comes.
func (b *body) over() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended != nil
}

// fault is the status for the client's error in sending, 0 if there is none.
func (b *body) fault() int {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.ended == nil || b.ended == io.EOF:
		return 0
	case isTimeout(b.ended):
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// leaveUnread makes an answer the last on its connection if its request's body is incomplete: net/http would wait for
// the rest before it sends the answer.
func leaveUnread(r *http.Request, answer http.Header) {
	if b := bodyOf(r); b != nil && (!b.over() || b.fault() != 0) {
		answer.Set("Connection", "close")
	}
}
