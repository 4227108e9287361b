package cluster

import (
	"fmt"
	"net"
	"strconv"
)

// anyPort is the address of a program that chooses its own port.
func (l *Lab) anyPort() string { return net.JoinHostPort(l.host().String(), "0") }

// reserve finds an address for a foreign program, which cannot be asked to choose a port. Where programs share this
// machine's ports, it is a free port; otherwise it is the usual one.
func (l *Lab) reserve(usual int) (string, error) {
	if l.host().IsLoopback() {
		return reserve()
	}
	return net.JoinHostPort(l.host().String(), strconv.Itoa(usual)), nil
}

var reserve = freePort // tests replace it to take a port away

// freePort returns a loopback address that is free at this moment.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("cannot find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// reachable returns the flags by which the others reach a server. Beyond loopback, a server runs without TLS or
// authentication only if it is told that its network is closed.
func (l *Lab) reachable(server string) []string {
	flags := []string{"--listen=" + l.anyPort()}
	switch {
	case l.host().IsLoopback():
		return flags
	case server == "controld":
		return append(flags, "--unauthenticated")
	default:
		return append(flags, "--insecure-cookies")
	}
}
