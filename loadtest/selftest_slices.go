package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// selftestArms is how many arms the table of slices visits: the control, its twin, and a row that costs more.
const selftestArms = 3

// selftestOther is the row that is compared with the control: a different program, which needs nothing but itself.
const selftestOther = "session-memory"

// slices measures the table of slices. The processes are started anew now and then, because launches of one binary differ; and
// between two starts every length has its turn, in an order shuffled anew, so that the weather is the same for all of them.
func (s *selftest) slices(ctx context.Context) error {
	cells := map[time.Duration][]measure.Measurement{}
	for start := range s.form.starts {
		if err := s.oneStart(ctx, start, cells); err != nil {
			return err
		}
	}
	for _, length := range s.form.lengths {
		s.result.Lines = append(s.result.Lines, analysis.SelftestLine(length, selftestOther, cells[length]))
	}
	s.result.Slice = analysis.BestSlice(s.result.Lines)
	length := s.form.lengths[0]
	if d := s.plan.Demand; d != nil && len(cells[d.Slice]) > 0 {
		length = d.Slice
	}
	control := slices.DeleteFunc(cells[length], func(m measure.Measurement) bool { return m.Arm != plan.Control })
	s.result.Closed = append(s.result.Closed, analysis.SelftestCeiling(plan.Control, control))
	return nil
}

// oneStart starts the arms, measures slices of every length, and adds them to cells.
func (s *selftest) oneStart(ctx context.Context, start int, cells map[time.Duration][]measure.Measurement) error {
	var arms []*selftestArm
	defer func() {
		for _, a := range arms {
			a.stop(ctx)
		}
	}()
	for _, row := range []string{plan.Control, plan.Twin, selftestOther} {
		a, err := s.startRow(ctx, row, row, cluster.Spec{CPUs: map[cluster.Tier][]int{cluster.Replica: s.cpus[:1]}})
		if err != nil {
			return err
		}
		arms = append(arms, a)
	}
	unpin, err := alone(s.cpus[1:2])
	if err != nil {
		return err
	}
	defer unpin()
	for _, a := range arms { // connections are made, and caches warmed
		if _, err := a.saturate(ctx, load.Cell{}, load.ClosedOptions{Connections: selftestConnections, Window: s.form.lengths[0] / 20}); err != nil {
			return err
		}
	}
	for _, i := range s.plan.Shuffle("lengths", start, len(s.form.lengths)) {
		length := s.form.lengths[i]
		s.doing(fmt.Sprintf("start %d of %d, slices of %v", start+1, s.form.starts, length))
		measured, err := s.hop(ctx, arms, start, length)
		if err != nil {
			return err
		}
		cells[length] = append(cells[length], measured...)
	}
	return nil
}

// hop visits the arms in slices of one length until each had its share of load.
func (s *selftest) hop(ctx context.Context, arms []*selftestArm, start int, length time.Duration) ([]measure.Measurement, error) {
	var measured []measure.Measurement
	rounds := int(s.form.share / length)
	for round := start * rounds; round < (start+1)*rounds; round++ {
		for place, i := range s.plan.Shuffle(plan.DemandCell, round, len(arms)) {
			row, err := arms[i].saturate(ctx, load.Cell{
				Kind: plan.DemandCell, Tier: string(cluster.Replica), Restart: start, Round: round, Place: place,
			}, load.ClosedOptions{Connections: selftestConnections, Window: length})
			if err != nil {
				return nil, err
			}
			measured = append(measured, measure.Measure(row))
		}
	}
	return measured, nil
}
