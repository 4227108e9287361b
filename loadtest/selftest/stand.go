package selftest

import (
	"context"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// connections are held open in closed loop, as many as in a demand cell.
const connections = 64

// server is a server of the selftest that is ready.
type server struct {
	scheme  plan.Scheme
	cluster *cluster.Cluster
	target  *load.Target
}

// start starts one replica of a scheme, called name, and signs its users in.
func (s *Test) start(
	ctx context.Context, name string, scheme plan.Scheme, spec cluster.Spec,
	signIn func(*cluster.Cluster) ([]credential.Credential, error),
) (*server, error) {
	spec.Name, spec.Scheme, spec.Replicas = name, scheme, 1
	c, err := s.Lab.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	a := &server{scheme: scheme, cluster: c}
	credentials, err := signIn(c)
	if err == nil {
		a.target, err = load.NewTarget(c.Direct(0), "/v1/me", c.Nonce(), 0, 1, credentials, s.Plan.Seed)
	}
	if err != nil {
		a.stop(ctx)
		return nil, err
	}
	return a, nil
}

// startRow starts one replica of a scheme of the comparison.
func (s *Test) startRow(ctx context.Context, name, row string, spec cluster.Spec) (*server, error) {
	scheme, err := plan.SchemeNamed(row)
	if err != nil {
		return nil, err
	}
	spec.Users = s.Form.Users
	return s.start(ctx, name, scheme, spec, func(c *cluster.Cluster) ([]credential.Credential, error) {
		return credential.SignIn(ctx, credential.Config{
			Base: c.Direct(0), Scheme: scheme, Users: spec.Users, Key: s.Lab.LoadKey(), Nonce: c.Nonce(),
		})
	})
}

// saturate sends a slice in closed loop. Its error may also be the end of the context, which cut the slice short.
func (a *server) saturate(ctx context.Context, cell record.Cell, o load.ClosedOptions) (record.Slice, error) {
	cell.Scheme, cell.Replicas = a.scheme.Name, 1
	o.Meters = load.Meters(a.cluster, cell)
	row, err := load.Closed(ctx, cell, a.target, o)
	if err == nil {
		err = context.Cause(ctx)
	}
	return row, err
}

func (a *server) stop(ctx context.Context) {
	if a.target != nil {
		a.target.Close()
	}
	a.cluster.Stop(context.WithoutCancel(ctx))
}
