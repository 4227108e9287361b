package show

import (
	"net"
	"sync"
	"time"
)

// limit lets each of many do something a number of times at once, and then once in a while. Its zero value lets nothing
// through.
type limit struct {
	Burst int           // times at once
	Every time.Duration // after it, once in this time

	mu    sync.Mutex
	of    map[string]time.Time // until when what each did is paid off
	swept time.Time            // when those who had paid were last forgotten
}

// mostKnown bounds how many a limit remembers. One that has paid everything off is forgotten.
const mostKnown = 4096

// allow reports whether one may do it at that time, and counts it. Where too many others are known, it may not.
func (l *limit) allow(who string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	paid, known := l.of[who]
	if !known && len(l.of) >= mostKnown {
		if now.Sub(l.swept) < l.Every {
			return false
		}
		l.swept = now
		for name, paid := range l.of {
			if !paid.After(now) {
				delete(l.of, name)
			}
		}
		if len(l.of) >= mostKnown {
			return false
		}
	}
	if paid.Before(now) {
		paid = now
	}
	if paid = paid.Add(l.Every); paid.Sub(now) > time.Duration(l.Burst)*l.Every {
		return false
	}
	if l.of == nil {
		l.of = map[string]time.Time{}
	}
	l.of[who] = paid
	return true
}

// places is a number of places, and how many of them one address may have.
type places struct {
	all, each int

	mu    sync.Mutex
	taken int
	by    map[string]int
}

// take takes a place; free gives it back. ok is false where there is none.
func (p *places) take(who string) (free func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken >= p.all || p.by[who] >= p.each {
		return nil, false
	}
	if p.by == nil {
		p.by = map[string]int{}
	}
	p.taken++
	p.by[who]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.taken--
		if p.by[who]--; p.by[who] == 0 {
			delete(p.by, who)
		}
	}, true
}

// host is an address without its port.
func host(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// few is a listener with a bounded number of connections at once, of each address and in all. Others are closed.
type few struct {
	net.Listener
	places *places
}

// Accept implements net.Listener.
func (f few) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if free, ok := f.places.take(host(conn.RemoteAddr().String())); ok {
			return &placed{Conn: conn, free: sync.OnceFunc(free)}, nil
		}
		conn.Close()
	}
}

// placed is a connection that gives its place back.
type placed struct {
	net.Conn
	free func()
}

// Close implements net.Conn.
func (p *placed) Close() error {
	defer p.free()
	return p.Conn.Close()
}
