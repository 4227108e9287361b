package run

import (
	"context"
	"net"
	"net/url"

	"authlab/loadtest/credential"
	"authlab/loadtest/experiment"
)

var _ experiment.Attackable = (*stood)(nil)

// Dial implements experiment.Attackable.
func (s *stood) Dial(ctx context.Context) (net.Conn, error) {
	at, err := url.Parse(s.deployment.cluster.Direct(0))
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, "tcp", at.Host)
}

// Account implements experiment.Attackable.
func (s *stood) Account(i int) (name, password string) {
	a := credential.LoadAccount(s.run.lab.LoadKey(), i)
	return a.Name, a.Password
}

// SigningKey implements experiment.Attackable.
func (s *stood) SigningKey() any { return s.deployment.cluster.TokenKey() }
