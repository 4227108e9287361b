package wire

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

// A connection goes only to allowed addresses, plain or over TLS, and to none before any was allowed.
func TestConnectionsGoWhereTheyArePinned(t *testing.T) {
	addr := answer(t, false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	_, port, _ := net.SplitHostPort(addr)
	const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	var pins Pins
	for _, c := range []*Conn{New(addr), NewSecure(addr, nil)} {
		c.Pin(&pins)
		if _, err := c.Do([]byte(get)); err == nil || !strings.Contains(err.Error(), "was not checked") {
			t.Errorf("unpinned: %v", err)
		}
		c.Close()
	}
	pins.Allow("nowhere.test:"+port, []netip.Addr{netip.MustParseAddr("::ffff:127.0.0.1")})
	c := New("nowhere.test:" + port)
	c.Pin(&pins)
	defer c.Close()
	if reply, err := c.Do([]byte(get)); err != nil || reply.Status != 200 {
		t.Errorf("a name that no resolver knows: %d, %v", reply.Status, err)
	}
}
