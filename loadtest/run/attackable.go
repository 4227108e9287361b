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
	"authlab/loadtest/load"
	"authlab/loadtest/wire"
)

var _ experiment.Floodable = (*stood)(nil)

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

// Pace implements experiment.Attackable: servers that the lab starts have no other users.
func (s *stood) Pace(ctx context.Context) error { return context.Cause(ctx) }

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

// Browser implements experiment.Attackable.
func (s *stood) Browser(ctx context.Context) (experiment.Browser, error) { return newBrowser(ctx) }

// Flood implements experiment.Floodable.
func (s *stood) Flood(ctx context.Context, f experiment.Flood) (x experiment.Flooded, err error) {
	pins, host := s.pins()
	for len(s.lanes) < len(f.Lanes) {
		c := wire.New(host)
		c.Pin(pins)
		c.Hurry() // an attacker does not wait
		s.lanes = append(s.lanes, c)
	}
	// Used is read when the connections are open, and when the last answer has come.
	read := func() error {
		replica, store, err := s.Used()
		x.Replica, x.Store = replica-x.Replica, store-x.Store
		return err
	}
	flood, err := load.FloodOptions{
		Conns: s.lanes[:len(f.Lanes)], Window: f.Window, Most: f.Most, Read: read,
		Next: func(conn int, last wire.Reply) [][]byte { return f.Lanes[conn](replyOf(last)) },
	}.Send(ctx)
	x.Requests, x.Statuses, x.Failed, x.Out, x.In, x.Elapsed = flood.Requests, flood.Statuses, flood.Failed, flood.Out,
		flood.In, flood.Elapsed
	return x, err
}

func replyOf(r wire.Reply) experiment.Reply {
	if r.Status == 0 {
		return experiment.Reply{}
	}
	return experiment.Reply{Status: r.Status, Body: r.Body, Header: func(name string) (values []string) {
		for _, v := range r.Values(name) {
			values = append(values, string(v))
		}
		return values
	}}
}
