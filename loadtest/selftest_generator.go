package main

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// nullName is what the null server is called in results and errors.
const nullName = "a server that does nothing"

// nullServerCommand is the null server as a process of its own: what it uses must not count as the generator's. The lab starts it
// like any server, whose other flags mean nothing to it.
func nullServerCommand() *cobra.Command {
	var replica, listen string
	cmd := &cobra.Command{
		Use: "null-server", Hidden: true, Short: "Answer every request with the same bytes",
		Args:               cobra.NoArgs,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return failure{wentWrong, err}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "listening http://%s\n", l.Addr())
			if err := load.ServeNull(cmd.Context(), l, replica); err != nil {
				return failure{wentWrong, err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&replica, "replica", "null-0", "what X-Replica says")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address to listen on")
	return cmd
}

// generator measures what the load generator reaches where the server is no limit.
func (s *selftest) generator(ctx context.Context) error {
	if err := s.closedLoop(ctx); err != nil {
		return err
	}
	return s.openLoop(ctx)
}

// startNull starts the null server on the given cores, nil for all.
func (s *selftest) startNull(ctx context.Context, cpus []int) (*selftestArm, error) {
	scheme := plan.Scheme{Name: nullName, Server: s.program, Flags: []string{"selftest", "null-server"}, Carrier: plan.ByName}
	return s.start(ctx, "null", scheme, cluster.Spec{CPUs: map[cluster.Tier][]int{cluster.Replica: cpus}},
		func(c *cluster.Cluster) ([]credential.Credential, error) {
			return []credential.Credential{load.NullCredential(c.Nonce() + "-0")}, nil
		})
}

// closedLoop saturates, each side alone on a core, as in demand cells.
func (s *selftest) closedLoop(ctx context.Context) error {
	null, err := s.startNull(ctx, s.cpus[:1])
	if err != nil {
		return err
	}
	defer null.stop(ctx)
	unpin, err := alone(s.cpus[1:2])
	if err != nil {
		return err
	}
	defer unpin()
	var cells []measure.Measurement
	for round := range s.form.closedRounds + 1 {
		o := load.ClosedOptions{Connections: selftestConnections, Window: s.form.closedSlice}
		row, err := null.saturate(ctx, load.Cell{Kind: plan.DemandCell, Tier: string(cluster.Replica), Round: round}, o)
		if err == nil {
			err = allCorrect(row)
		}
		if err != nil {
			return err
		}
		if round > 0 { // the first warms up
			cells = append(cells, measure.Measure(row))
		}
	}
	s.result.Closed = append(s.result.Closed, analysis.SelftestCeiling(nullName, cells))
	return nil
}

// openLoop keeps rates, with nothing pinned, as in latency cells.
func (s *selftest) openLoop(ctx context.Context) error {
	null, err := s.startNull(ctx, nil)
	if err != nil {
		return err
	}
	defer null.stop(ctx)
	for i, rate := range s.form.rates {
		s.doing(fmt.Sprintf("open loop at %g requests/s", rate))
		cell := load.Cell{Kind: plan.LatencyCell, Arm: null.scheme.Name, Replicas: 1, Rate: rate}
		row, err := load.Open(ctx, cell, null.target, load.OpenOptions{
			Rate: rate, Arrivals: plan.Poisson, Seed: s.plan.Seed + uint64(i), Window: s.form.open, Requests: io.Discard, Meters: meters(null.cluster, cell),
		})
		if err == nil {
			err = allCorrect(row)
		}
		if err != nil {
			return err
		}
		s.result.Open = append(s.result.Open, analysis.SelftestPunctuality(row, measure.Measure(row)))
	}
	return nil
}

// allCorrect makes sure that a slice is what it seems: errors are fast, and cheap.
func allCorrect(row load.Row) error {
	if row.Verdicts[load.OK] != row.Sent {
		return fmt.Errorf("%s did not answer as it should: %v", row.Arm, row.Verdicts)
	}
	return nil
}
