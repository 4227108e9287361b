package run

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"authlab/loadtest/wire"
)

// trap is a server on loopback that counts who asks it.
type trap struct {
	url    string
	asked  atomic.Int64
	server *http.Server
}

func newTrap() (*trap, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no address is free for the attacker's own server: %w", err)
	}
	t := &trap{url: "http://" + l.Addr().String()}
	t.server = &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler:           http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.asked.Add(1) }),
	}
	go t.server.Serve(l)
	return t, nil
}

// URL implements experiment.Trap.
func (t *trap) URL() string { return t.url }

// Asked implements experiment.Trap. It asks once itself: a trap that nothing reaches would have seen nothing.
func (t *trap) Asked() (int, error) {
	before := t.asked.Load()
	answer, err := wire.Client(nil).Get(t.url)
	if err != nil {
		return 0, fmt.Errorf("the attacker's own server does not answer: %w", err)
	}
	answer.Body.Close()
	if t.asked.Load() == before {
		return 0, errors.New("the attacker's own server does not count who asks it")
	}
	return int(before), nil
}

// Close implements experiment.Trap.
func (t *trap) Close() { t.server.Close() }
