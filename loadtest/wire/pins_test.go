package wire

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

// A connection goes to the addresses that were allowed, plain or over TLS, and to none before any was.
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

func TestWhatIsShownIsVisible(t *testing.T) {
	for text, want := range map[string]string{
		"session-redis, 3 µs":        "session-redis, 3 µs",
		" a\tb\r\nc \n":              `a\tb\r\nc`,
		"\x1b[31mred\x1b[0m":         `\x1b[31mred\x1b[0m`,
		"\u202egnp.exe \u009b2J\x7f": `\u202egnp.exe \u009b2J\x7f`,
		"\xff\xfe":                   `\xff\xfe`,
		strings.Repeat("é", 201):     strings.Repeat("é", 200) + "…",
		strings.Repeat("é", 200):     strings.Repeat("é", 200),
	} {
		if got := Shown(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
		if got := Shown([]byte(text)); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
