package connections

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// ErrWorking says that a server ended while it still had work to do.
var ErrWorking = errors.New("requests were still running")

// Leave stops accepting and lets connected clients continue until all have left, or the patience is over. HTTP/1.1
// cannot tell an idle client that its connection is about to close, and a request sent at that moment is lost. Answers
// should say "Connection: close" meanwhile.
func (l *Listener) Leave(patience time.Duration) {
	l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	until(ctx, func() bool { return l.Open() == 0 })
}

// Shutdown closes idle connections and waits for requests in flight, at most as long as patience. Clients that send or
// read slowly have half of that time; if only they remain by then, their connections are cut, and counted. The error is
// ErrWorking.
func (l *Listener) Shutdown(server *http.Server, patience time.Duration) (cut int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- server.Shutdown(ctx) }()
	select {
	case <-ended:
		return 0, nil
	case <-time.After(patience / 2):
	}
	defer server.Close()
	if !until(ctx, func() bool { _, working := l.requests(); return working == 0 }) {
		return 0, ErrWorking
	}
	cut = l.Open()
	server.Close()
	until(ctx, func() bool { all, _ := l.requests(); return all == 0 }) // they may use what the program releases next
	return cut, nil
}

// until waits for a condition, and reports whether it came true before ctx ended.
func until(ctx context.Context, so func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// Body wraps the body of a request with the context ctx. While it is read, the request waits for its client.
func Body(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	c, ok := ctx.Value(connKey{}).(*conn)
	if !ok {
		return body // the request came in another way, as in tests
	}
	return slowBody{body, c}
}

type slowBody struct {
	io.ReadCloser
	from *conn
}

// Read implements io.Reader.
func (b slowBody) Read(p []byte) (int, error) {
	b.from.waiting.Add(1)
	defer b.from.waiting.Add(-1)
	return b.ReadCloser.Read(p)
}
