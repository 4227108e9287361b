package run

import (
	"context"
	"time"

	"authlab/loadtest/cluster/relay"
	"authlab/loadtest/credential"
	"authlab/loadtest/experiment"
)

// Tabs implements experiment.Renewable.
func (s *stood) Tabs(ctx context.Context, user, n int) (experiment.Tabs, error) {
	c := s.logins()
	c.First = user
	return credential.Tabs(ctx, c, n)
}

// Overtake implements experiment.Renewable.
func (s *stood) Overtake(ctx context.Context, user int) (experiment.Overtaken, error) {
	c := s.logins()
	c.First = user
	return credential.Overtake(ctx, c)
}

// Disturb implements experiment.Linked.
func (s *stood) Disturb(d experiment.Disturbance) error {
	return s.deployment.cluster.Disturb(relay.Disturbance(d))
}

// Disturbed implements experiment.Linked.
func (s *stood) Disturbed() experiment.Disturbed {
	return experiment.Disturbed(s.deployment.cluster.Disturbed())
}

// RelayLate implements experiment.Linked.
func (s *stood) RelayLate() time.Duration { return s.deployment.cluster.RelayLate() }

// Follow implements experiment.Followed.
func (s *stood) Follow(ctx context.Context) error { return unable(s.deployment.cluster.Follow(ctx)) }

// FailOver implements experiment.Followed.
func (s *stood) FailOver(ctx context.Context) error { return s.deployment.cluster.FailOver(ctx) }

// Demote implements experiment.Followed.
func (s *stood) Demote(ctx context.Context) error { return s.deployment.cluster.Demote(ctx) }

// OldMaster implements experiment.Followed.
func (s *stood) OldMaster(ctx context.Context) (role string, clients int, err error) {
	return s.deployment.cluster.OldMaster(ctx)
}
