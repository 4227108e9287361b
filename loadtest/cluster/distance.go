package cluster

import (
	"errors"
	"time"

	"authlab/loadtest/cluster/relay"
)

// apart returns the address at which the replicas reach their store: its own, or that of a relay where the scheme has
// its store far away. The lab itself asks the store directly.
func (c *Cluster) apart(addr string) (string, error) {
	if c.spec.Scheme.StoreDelay == 0 && !c.spec.Relayed || c.relay != nil { // of a store that was started again
		return c.relayed(addr), nil
	}
	var err error
	if c.relay, err = relay.Listen(c.lab.host(), addr); err != nil {
		return "", err
	}
	return c.relay.Addr(), nil
}

// relayed is the address of the relay where there is one, else the store's own.
func (c *Cluster) relayed(addr string) string {
	if c.relay != nil {
		return c.relay.Addr()
	}
	return addr
}

// SetStoreDelay makes each round trip between the replicas and their store longer by that much, from now on. There is
// no delay before, so that users sign in at the usual speed. A cluster whose scheme has its store near has no relay,
// and cannot be given a delay.
func (c *Cluster) SetStoreDelay(roundTrip time.Duration) error {
	if c.relay == nil {
		return errors.New(c.spec.Name + " was started with its store near: no relay can delay it")
	}
	c.relay.SetDelay(roundTrip)
	return nil
}

// RelayLate is by how much the relay to the store delayed something beyond its distance, at most, since this was asked
// last; 0 where there is none.
func (c *Cluster) RelayLate() time.Duration {
	if c.relay == nil {
		return 0
	}
	return c.relay.Late()
}

// Disturb disturbs the network between the replicas and their store.
func (c *Cluster) Disturb(o relay.Disturbance) error {
	if c.relay == nil {
		return errors.New(c.spec.Name + " was started with its store near: no relay can disturb it")
	}
	c.relay.Disturb(o)
	return nil
}

// Disturbed is what became of that network.
func (c *Cluster) Disturbed() relay.Disturbed {
	if c.relay == nil {
		return relay.Disturbed{}
	}
	return c.relay.Disturbed()
}
