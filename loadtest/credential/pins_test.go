package credential

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"authlab/loadtest/plan"
	"authlab/loadtest/wire"
)

// Passwords go only to addresses that were checked, whether for sign-in, for logins or for a probe.
func TestLoginsGoWhereTheyArePinned(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	reached := make(chan struct{}, 16)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			reached <- struct{}{}
			conn.Close()
		}
	}()
	scheme, err := plan.SchemeNamed("session-redis")
	if err != nil {
		t.Fatal(err)
	}
	pins := new(wire.Pins)
	pins.Allow(strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1),
		[]netip.Addr{netip.MustParseAddr("192.0.2.1")})
	as := []Account{{"alice", "secret"}}
	c := Config{Base: "http://" + l.Addr().String(), Scheme: scheme, Users: 1, Parallel: 1, As: as, Pins: pins}
	probe := ProbeConfig{Scheme: scheme, Replicas: []string{c.Base}, As: as, Pins: pins}
	for name, do := range map[string]func() error{
		"signing in":     func() error { _, err := SignIn(t.Context(), c); return err },
		"logging in":     func() error { _, _, err := LogIn(t.Context(), c); return err },
		"probing":        func() error { _, err := Probe(t.Context(), probe); return err },
		"timing the end": func() error { _, err := Delays(t.Context(), probe, 1); return err },
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), "was not checked") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(reached) > 0 {
		t.Error("a connection was made to an address that was never checked")
	}
}
