package run

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/experiment"
	"authlab/loadtest/wire"
)

var _ experiment.Attackable = (*stood)(nil)

// Base implements experiment.Attackable.
func (s *stood) Base() string { return s.door() }

// pins allow that address, and no other.
func (s *stood) pins() (*wire.Pins, string) {
	var pins wire.Pins
	at, err := url.Parse(s.Base())
	if err != nil {
		return &pins, "" // Dial refuses it
	}
	if addr, err := netip.ParseAddrPort(at.Host); err == nil {
		pins.Allow(at.Host, []netip.Addr{addr.Addr()})
	}
	return &pins, at.Host
}

// attackTimeout is how long a server may take to answer an attack. A late answer is none, and voids it.
const attackTimeout = 30 * time.Second

// Client implements experiment.Attackable.
func (s *stood) Client() *http.Client {
	pins, _ := s.pins()
	client := wire.Client(pins)
	client.Timeout = attackTimeout
	return client
}

// Dial implements experiment.Attackable.
func (s *stood) Dial(ctx context.Context) (net.Conn, error) {
	pins, host := s.pins()
	return pins.Dial(ctx, "tcp", host)
}

// Account implements experiment.Attackable.
func (s *stood) Account(i int) (name, password string) {
	a := credential.LoadAccount(s.run.lab.LoadKey(), i)
	return a.Name, a.Password
}

// Admin implements experiment.Attackable.
func (s *stood) Admin() (name, password string) { return "admin", person[0].Password }

// Person implements experiment.Attackable.
func (s *stood) Person() (name, password string) { return person[0].Name, person[0].Password }

// Other implements experiment.Attackable.
func (s *stood) Other() (name, password string) { return "bob", person[0].Password }

// SigningKey implements experiment.Attackable.
func (s *stood) SigningKey() any { return s.deployment.cluster.TokenKey() }

// Trap implements experiment.Attackable.
func (s *stood) Trap() (experiment.Trap, error) { return newTrap() }
