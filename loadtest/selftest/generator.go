package selftest

import (
	"context"
	"fmt"
	"io"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// NullName is the null server's name in results and errors.
const NullName = "a server that does nothing"

// generator measures what the load generator reaches where the server is not the bottleneck.
func (s *Test) generator(ctx context.Context) error {
	if err := s.closedLoop(ctx); err != nil {
		return err
	}
	return s.openLoop(ctx)
}

// startNull starts the null server on the given cores; nil means all.
func (s *Test) startNull(ctx context.Context, cpus []int) (*server, error) {
	scheme := plan.Scheme{
		Name: NullName, Server: s.Program, Flags: []string{"selftest", "null-server"},
		Carrier: plan.ByName,
	}
	return s.start(ctx, "null", scheme, cluster.Spec{CPUs: map[cluster.Tier][]int{cluster.Replica: cpus}},
		func(c *cluster.Cluster) ([]credential.Credential, error) {
			return []credential.Credential{load.NullCredential(c.Nonce() + "-0")}, nil
		})
}

// closedLoop saturates, with each side alone on a core, as in demand cells.
func (s *Test) closedLoop(ctx context.Context) error {
	null, err := s.startNull(ctx, s.CPUs[:1])
	if err != nil {
		return err
	}
	defer null.stop(ctx)
	unpin, err := cluster.PinAlone(s.CPUs[1:2])
	if err != nil {
		return err
	}
	defer unpin()
	var cells []measure.Measurement
	for round := range s.Form.ClosedRounds + 1 {
		o := load.ClosedOptions{Connections: connections, Window: s.Form.ClosedSlice}
		row, err := null.saturate(ctx, record.Cell{Kind: plan.DemandCell, Tier: string(cluster.Replica), Round: round}, o)
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
	s.result.Closed = append(s.result.Closed, analysis.SelftestCeiling(NullName, cells))
	return nil
}

// openLoop keeps rates, with nothing pinned, as in latency cells.
func (s *Test) openLoop(ctx context.Context) error {
	null, err := s.startNull(ctx, nil)
	if err != nil {
		return err
	}
	defer null.stop(ctx)
	for i, rate := range s.Form.Rates {
		s.Doing(fmt.Sprintf("open loop at %g requests/s", rate))
		cell := record.Cell{Kind: plan.LatencyCell, Scheme: null.scheme.Name, Replicas: 1, Rate: rate}
		row, err := load.Open(ctx, cell, null.target, load.OpenOptions{
			Rate: rate, Arrivals: plan.Poisson, Seed: s.Plan.Seed + uint64(i), Window: s.Form.Open, Requests: io.Discard,
			Meters: load.Meters(null.cluster, cell),
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

// allCorrect checks that all answers of a slice are correct: errors are fast, and cheap.
func allCorrect(row record.Slice) error {
	if row.Verdicts[record.OK] != row.Sent {
		return fmt.Errorf("%s did not answer correctly: %v", row.Scheme, row.Verdicts)
	}
	return nil
}
