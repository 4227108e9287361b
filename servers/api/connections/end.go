package connections

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// ErrWorking says that a server ended while it had work to do.
var ErrWorking = errors.New("requests were still running")

// Leave accepts no more and lets who is connected go on until all have left, or the patience is over: HTTP/1.1 has no
// way to tell an idle client that its connection is about to close, and a request that it sends at that moment is lost.
// Answers should say "Connection: close" meanwhile.
func (l *Listener) Leave(patience time.Duration) {
	l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	until(ctx, func() bool { return l.Open() == 0 })
}

// Shutdown closes idle connections and waits for requests in flight, at most as long as patience. waiting is how many of
// these wait for their clients, who send or read slowly. Such clients have half of the time; when nothing else is left
// then, their connections are cut, and counted. The error is ErrWorking.
func (l *Listener) Shutdown(server *http.Server, patience time.Duration, inFlight, waiting func() int64) (cut int, err error) {
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
	if !until(ctx, func() bool { return inFlight() <= waiting() }) {
		return 0, ErrWorking
	}
	cut = l.Open()
	server.Close()
	until(ctx, func() bool { return inFlight() <= 0 }) // they may use what the program releases next
	return cut, nil
}

// until waits for something to become so, and reports whether it did before ctx ended.
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

// SlowBody is a request's body that counts the request as waiting for its client while it is read.
type SlowBody struct {
	io.ReadCloser
	Waiting *atomic.Int64
}

// Read implements io.Reader.
func (b SlowBody) Read(p []byte) (int, error) {
	b.Waiting.Add(1)
	defer b.Waiting.Add(-1)
	return b.ReadCloser.Read(p)
}
