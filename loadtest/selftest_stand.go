package main

import (
	"context"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
)

// selftestConnections are held open in closed loop, as many as a demand cell has.
const selftestConnections = 16

// selftestArm is one server that stands ready.
type selftestArm struct {
	scheme  plan.Scheme
	cluster *cluster.Cluster
	target  *load.Target
}

// start starts one replica of a scheme, as the arm called name, and signs its users in.
func (s *selftest) start(
	ctx context.Context, name string, scheme plan.Scheme, spec cluster.Spec, signIn func(*cluster.Cluster) ([]credential.Credential, error),
) (*selftestArm, error) {
	spec.Arm, spec.Scheme, spec.Replicas = name, scheme, 1
	c, err := s.lab.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	a := &selftestArm{scheme: scheme, cluster: c}
	credentials, err := signIn(c)
	if err == nil {
		a.target, err = load.NewTarget(c.Direct(0), "/v1/me", c.Nonce(), 0, 1, credentials, s.plan.Seed)
	}
	if err != nil {
		a.stop(ctx)
		return nil, err
	}
	return a, nil
}

// startRow starts one replica of a row of the comparison.
func (s *selftest) startRow(ctx context.Context, name, row string, spec cluster.Spec) (*selftestArm, error) {
	scheme, err := plan.SchemeNamed(row)
	if err != nil {
		return nil, err
	}
	spec.Users = s.form.users
	return s.start(ctx, name, scheme, spec, func(c *cluster.Cluster) ([]credential.Credential, error) {
		return credential.SignIn(ctx, credential.Config{
			Base: c.Direct(0), Scheme: scheme, Users: spec.Users, Key: s.lab.LoadKey(), Nonce: c.Nonce(),
		})
	})
}

// saturate sends a slice in closed loop. Its error is also the context's end, which cut the slice short.
func (a *selftestArm) saturate(ctx context.Context, cell load.Cell, o load.ClosedOptions) (load.Row, error) {
	cell.Arm, cell.Replicas = a.scheme.Name, 1
	o.Meters = meters(a.cluster, cell)
	row, err := load.Closed(ctx, cell, a.target, o)
	if err == nil {
		err = context.Cause(ctx)
	}
	return row, err
}

func (a *selftestArm) stop(ctx context.Context) {
	if a.target != nil {
		a.target.Close()
	}
	a.cluster.Stop(context.WithoutCancel(ctx))
}
