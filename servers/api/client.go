package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxyOf parses one of --trusted-proxies: a network or an address.
func proxyOf(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.Zone() != "" {
			return p, fmt.Errorf("%q is neither an address nor a network", text)
		}
		p = netip.PrefixFrom(ip, ip.BitLen())
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// client returns the address that a request came from. A trusted proxy appends the address that it saw to
// X-Forwarded-For. So the list is read from its end, as long as each hop is trusted: the client wrote everything left
// of the first untrusted hop. An unreadable entry only means that the hop before it is the last known one.
//
// The zero Addr is a connection without an address.
func client(r *http.Request, trusted []netip.Prefix) netip.Addr {
	last, ok := hop(r.RemoteAddr)
	if !ok {
		return netip.Addr{}
	}
	entries := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for _, entry := range slices.Backward(entries) {
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(last) }) {
			break
		}
		if strings.Trim(entry, " \t") == "" { // an extra comma
			continue
		}
		ip, ok := hop(entry)
		if !ok {
			break
		}
		last = ip
	}
	return last
}

// nat64 is the network in which IPv6 writes IPv4 addresses (RFC 6052). Treated as one /64, they would all be one
// client.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// hop parses an address as proxies write it: with or without a port, IPv6 with or without brackets, or in quotes as the
// header Forwarded requires. The result is canonical: without a zone, and IPv4 as IPv4.
func hop(text string) (netip.Addr, bool) {
	text = strings.Trim(text, " \t")
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	port := ""
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if text, port, ok = strings.Cut(inner, "]"); !ok || port != "" && port[0] != ':' {
			return netip.Addr{}, false
		}
	} else if i := strings.IndexByte(text, ':'); i >= 0 && strings.Count(text, ":") == 1 { // more of them mean IPv6
		text, port = text[:i], text[i:]
	}
	if strings.Trim(strings.TrimPrefix(port, ":"), "0123456789") != "" {
		return netip.Addr{}, false
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, false
	}
	ip = ip.WithZone("").Unmap()
	if nat64.Contains(ip) {
		bytes := ip.As16()
		ip, _ = netip.AddrFromSlice(bytes[12:])
	}
	return ip, true
}
