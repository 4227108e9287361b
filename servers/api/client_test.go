package api

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClient(t *testing.T) {
	const proxy = "10.0.0.1:4711"
	one := func(lines ...string) []string { return lines }
	for _, c := range []struct {
		what, peer string
		forwarded  []string
		want       string
	}{
		{"a client that connects itself", "203.0.113.1:50001", nil, "203.0.113.1"},
		{"and claims to be another", "203.0.113.1:50001", one("198.51.100.1"), "203.0.113.1"},
		{"a client over IPv6", "[2001:db8::1]:50001", nil, "2001:db8::1"},
		{"a client with a zone", "[fe80::1%eth0]:50001", nil, "fe80::1"},
		{"a client over IPv4 in IPv6", "[::ffff:203.0.113.1]:50001", nil, "203.0.113.1"},
		{"a client behind NAT64", "[64:ff9b::cb00:7101]:50001", nil, "203.0.113.1"},
		{"no address at all", "@", one("203.0.113.1"), "invalid IP"},

		{"behind the proxy", proxy, one("203.0.113.1"), "203.0.113.1"},
		{"a proxy that says nothing", proxy, nil, "10.0.0.1"},
		{"a proxy that says nothing in a header", proxy, one(""), "10.0.0.1"},
		{"with a port", proxy, one("203.0.113.1:50001"), "203.0.113.1"},
		{"with a colon and no port", proxy, one("203.0.113.1:"), "203.0.113.1"},
		{"IPv6", proxy, one("2001:db8::1"), "2001:db8::1"},
		{"IPv6 in brackets", proxy, one("[2001:db8::1]"), "2001:db8::1"},
		{"IPv6 with a port", proxy, one("[2001:db8::1]:443"), "2001:db8::1"},
		{"IPv6 in capitals, written out", proxy, one("2001:DB8:0:0:0:0:0:1"), "2001:db8::1"},
		{"IPv6 with a zone", proxy, one("fe80::1%eth0"), "fe80::1"},
		{"IPv6 with a zone and a port", proxy, one("[fe80::1%eth0]:443"), "fe80::1"},
		{"IPv4 in IPv6", proxy, one("::ffff:203.0.113.1"), "203.0.113.1"},
		{"IPv4 in IPv6, in hexadecimal", proxy, one("[::ffff:cb00:7101]:1"), "203.0.113.1"},
		{"in quotes", proxy, one(`"[2001:db8::1]:443"`), "2001:db8::1"},
		{"in spaces and tabs", proxy, one(" \t203.0.113.1\t "), "203.0.113.1"},
		{"a comma too many at the end", proxy, one("203.0.113.1,"), "203.0.113.1"},
		{"commas and blanks at the end", proxy, one("203.0.113.1, ,,\t"), "203.0.113.1"},
		{"a comma too many at the start", proxy, one(",203.0.113.1"), "203.0.113.1"},

		{"what the client wrote left of the proxy", proxy, one("198.51.100.1, 203.0.113.1"), "203.0.113.1"},
		{"in a header of its own", proxy, one("198.51.100.1", "203.0.113.1"), "203.0.113.1"},
		{"the proxy's address, written by the client", proxy, one("198.51.100.1, 10.0.0.9, 203.0.113.1"), "203.0.113.1"},
		{"rubbish, written by the client", proxy, one("<script>, 203.0.113.1"), "203.0.113.1"},
		{"two proxies", proxy, one("203.0.113.1, 10.0.0.2"), "203.0.113.1"},
		{"two proxies with ports, in two headers", proxy, one("198.51.100.1, 203.0.113.1:5", "10.0.0.2:6"), "203.0.113.1"},
		{"a proxy that is trusted over IPv6", "[2001:db8:ffff::1]:1", one("203.0.113.1"), "203.0.113.1"},
		{"a proxy that connects over IPv4 in IPv6", "[::ffff:10.0.0.1]:1", one("203.0.113.1"), "203.0.113.1"},
		{"nothing but proxies", proxy, one("10.0.0.3, 10.0.0.2"), "10.0.0.3"},
		{"a client that hides", proxy, one("unknown"), "10.0.0.1"},
		{"a client that hides behind two proxies", proxy, one("198.51.100.1, unknown, 10.0.0.2"), "10.0.0.2"},
		{"an invalid port", proxy, one("203.0.113.1:http"), "10.0.0.1"},
		{"a bracket that is not closed", proxy, one("[2001:db8::1"), "10.0.0.1"},
		{"something behind the bracket", proxy, one("[2001:db8::1]x"), "10.0.0.1"},
		{"a name", proxy, one("localhost"), "10.0.0.1"},
		{"a network", proxy, one("203.0.113.0/24"), "10.0.0.1"},
		{"an address with a zero in front", proxy, one("203.0.113.01"), "10.0.0.1"},
	} {
		var trusted []netip.Prefix
		for _, text := range []string{"10.0.0.0/8", "2001:db8:ffff::1"} {
			p, err := proxyOf(text)
			if err != nil {
				t.Fatal(err)
			}
			trusted = append(trusted, p)
		}
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		if c.forwarded != nil {
			r.Header["X-Forwarded-For"] = c.forwarded
		}
		if got := client(r, trusted).String(); got != c.want {
			t.Errorf("%s: %s says %q: %s, want %s", c.what, c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestProxyOf(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "10.1.2.3/8": "10.0.0.0/8", "192.0.2.1": "192.0.2.1/32", "::1": "::1/128",
		"::ffff:10.0.0.0/104": "10.0.0.0/8", "::ffff:192.0.2.1": "192.0.2.1/32", "2001:db8::/32": "2001:db8::/32",
		"haproxy": "", "": "", "10.0.0.0/33": "", "10.0.0.1:80": "", "fe80::1%eth0": "",
	} {
		p, err := proxyOf(text)
		if (err == nil) != (want != "") || err == nil && p.String() != want {
			t.Errorf("%q: %v, %v, want %q", text, p, err, want)
		}
	}
}
