package relay

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Relay passes on what clients send to one address, and what is answered. Its methods may be called from several
// goroutines.
type Relay struct {
	listener net.Listener
	to       atomic.Pointer[string]
	clock    *clock
	delay    atomic.Int64 // of each direction, ns
	parcels  chan parcel  // of all streams, in the order in which they came
	closed   chan struct{}
	working  sync.WaitGroup

	disturbed disturbed
	late      atomic.Int64 // by how much something was handed over after it was due, at most, ns

	mu    sync.Mutex
	conns map[net.Conn]bool // nil once the relay is closed
}

// parcel is a piece of a stream on its way.
type parcel struct {
	due   time.Time
	to    *net.TCPConn
	bytes []byte
	// ends, at the end of a stream, gets a value when everything before has arrived; nil elsewhere.
	ends chan<- struct{}
}

const (
	// most is how many parcels may be on their way: more than the requests of all connections of a plan, so that a
	// distance does not limit their rate.
	most = 1 << 14
	// piece is the largest parcel.
	piece = 32 << 10
	// reach is how long a connection to the other end may take.
	reach = 5 * time.Second
)

// Listen starts a relay to an address, host:port, on a free port of a local address. It does not delay until SetDelay.
func Listen(at netip.Addr, to string) (*Relay, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(at.String(), "0"))
	if err != nil {
		return nil, fmt.Errorf("the relay to %s cannot listen: %w", to, err)
	}
	c, err := newClock()
	if err != nil {
		listener.Close()
		return nil, err
	}
	r := &Relay{
		listener: listener, clock: c, parcels: make(chan parcel, most), closed: make(chan struct{}),
		conns: map[net.Conn]bool{},
	}
	r.to.Store(&to)
	r.working.Go(r.accept)
	r.working.Go(r.deliver)
	return r, nil
}

// Addr is where clients reach the other end, host:port.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// SetDelay makes the round trip longer by that much, for what is sent from now on. What is on its way keeps its delay,
// and what follows stays behind it.
func (r *Relay) SetDelay(roundTrip time.Duration) { r.delay.Store(int64(roundTrip / 2)) }

// Lead has connections from now on lead to another address. Those that are open stay where they are.
func (r *Relay) Lead(to string) { r.to.Store(&to) }

// Close ends all streams. What is on its way is lost.
func (r *Relay) Close() error {
	r.mu.Lock()
	conns := r.conns
	r.conns = nil
	r.mu.Unlock()
	if conns == nil {
		return nil
	}
	close(r.closed)
	err := r.listener.Close()
	r.clock.close()
	for c := range conns {
		c.Close()
	}
	r.working.Wait()
	return err
}

func (r *Relay) accept() {
	for {
		client, err := r.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // such as too many open files: the client waits in the queue meanwhile
			time.Sleep(10 * time.Millisecond)
			continue
		}
		r.working.Go(func() { r.connect(client.(*net.TCPConn)) })
	}
}

// connect carries a client's stream, both ways.
func (r *Relay) connect(client *net.TCPConn) {
	defer r.drop(client)
	if !r.hold(client) {
		return
	}
	conn, err := net.DialTimeout("tcp", *r.to.Load(), reach)
	if err != nil {
		return // the client sees its connection end, as with a server that is down
	}
	server := conn.(*net.TCPConn)
	defer r.drop(server)
	if !r.hold(server) {
		return
	}
	ends := make(chan struct{}, 2)
	s := r.begins(client, server)
	defer r.over(s)
	r.working.Go(func() { r.carry(s, server, client, ends) })
	r.working.Go(func() { r.carry(s, client, server, ends) })
	for range cap(ends) {
		select {
		case <-ends:
		case <-r.closed:
		}
	}
}

// hold keeps a connection to be closed with the relay; false when that is closed already.
func (r *Relay) hold(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns != nil {
		r.conns[c] = true
	}
	return r.conns != nil
}

func (r *Relay) drop(c net.Conn) {
	c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

// carry sends what is read from one end on its way to the other, until the stream ends.
func (r *Relay) carry(s *stream, to, from *net.TCPConn, ends chan<- struct{}) {
	buffer := make([]byte, piece)
	for {
		n, err := from.Read(buffer)
		if s.silent.Load() && err == nil {
			r.disturbed.swallowed.Add(int64(n))
			continue
		}
		if n > 0 && !r.send(parcel{to: to, bytes: slices.Clone(buffer[:n])}) {
			return
		}
		if err != nil {
			r.send(parcel{to: to, ends: ends})
			return
		}
	}
}

// send puts a parcel on its way; false when the relay is closed.
func (r *Relay) send(p parcel) bool {
	p.due = time.Now().Add(time.Duration(r.delay.Load()) + r.jitter())
	select {
	case r.parcels <- p:
		return true
	case <-r.closed:
		return false
	}
}

// deliver hands over each parcel when it is due. All have the same delay, so the one that came first is due first. A
// receiver that does not read for long holds up the streams of others too, once the kernel's buffers are full.
func (r *Relay) deliver() {
	for {
		select {
		case p := <-r.parcels:
			if r.clock.until(p.due) != nil {
				go r.Close() // it cannot delay any more
				return
			}
			r.late.Store(max(r.late.Load(), int64(time.Since(p.due))))
			p.arrive()
		case <-r.closed:
			return
		}
	}
}

// Late is by how much something was handed over after it was due, at most, since this was asked last: what the relay
// delays beyond the distance that it stands for.
func (r *Relay) Late() time.Duration { return time.Duration(r.late.Swap(0)) }

// arrive hands a parcel over. If the receiver is gone, the sender learns it from the other direction's end.
func (p parcel) arrive() {
	if p.ends != nil {
		p.to.CloseWrite()
		p.ends <- struct{}{}
		return
	}
	p.to.Write(p.bytes)
}
