package selftest

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
	"authlab/loadtest/record"
)

// visited is how many servers the table of slices visits: the control, its twin, and a scheme that costs more.
const visited = 3

// other is the scheme that is compared with the control: a different program, which needs no other part.
const other = "session-memory"

// slices measures the table of slices. It restarts the processes several times, because launches of one binary differ.
// Between two starts every length has its turn, in a newly shuffled order, so that interference is the same for all.
func (s *Test) slices(ctx context.Context) error {
	cells := map[time.Duration][]measure.Measurement{}
	for start := range s.Form.Starts {
		if err := s.oneStart(ctx, start, cells); err != nil {
			return err
		}
	}
	for _, length := range s.Form.Lengths {
		s.result.Lines = append(s.result.Lines, analysis.SelftestLine(length, other, cells[length]))
	}
	s.result.Slice = analysis.BestSlice(s.result.Lines)
	length := s.Form.Lengths[0]
	if d := s.Plan.Demand; d != nil && len(cells[d.Slice]) > 0 {
		length = d.Slice
	}
	control := slices.DeleteFunc(cells[length], func(m measure.Measurement) bool { return m.Scheme != plan.Control })
	s.result.Closed = append(s.result.Closed, analysis.SelftestCeiling(plan.Control, control))
	return nil
}

// oneStart starts the servers, measures slices of every length, and adds them to cells.
func (s *Test) oneStart(ctx context.Context, start int, cells map[time.Duration][]measure.Measurement) error {
	var servers []*server
	defer func() {
		for _, a := range servers {
			a.stop(ctx)
		}
	}()
	for _, row := range []string{plan.Control, plan.Twin, other} {
		a, err := s.startRow(ctx, row, row, cluster.Spec{CPUs: map[cluster.Tier][]int{cluster.Replica: s.CPUs[:1]}})
		if err != nil {
			return err
		}
		servers = append(servers, a)
	}
	unpin, err := cluster.PinAlone(s.CPUs[1:2])
	if err != nil {
		return err
	}
	defer unpin()
	for _, a := range servers { // make connections, and warm caches
		o := load.ClosedOptions{Connections: connections, Window: s.Form.Lengths[0] / 20}
		if _, err := a.saturate(ctx, record.Cell{}, o); err != nil {
			return err
		}
	}
	for _, i := range s.Plan.Shuffle("lengths", start, len(s.Form.Lengths)) {
		length := s.Form.Lengths[i]
		s.Doing(fmt.Sprintf("start %d of %d, slices of %v", start+1, s.Form.Starts, length))
		measured, err := s.hop(ctx, servers, start, length)
		if err != nil {
			return err
		}
		cells[length] = append(cells[length], measured...)
	}
	return nil
}

// hop visits the servers in slices of one length until each has had its share of load.
func (s *Test) hop(ctx context.Context, on []*server, start int, length time.Duration) ([]measure.Measurement, error) {
	var measured []measure.Measurement
	rounds := int(s.Form.Share / length)
	for round := start * rounds; round < (start+1)*rounds; round++ {
		for place, i := range s.Plan.Shuffle(plan.DemandCell, round, len(on)) {
			row, err := on[i].saturate(ctx, record.Cell{
				Kind: plan.DemandCell, Tier: string(cluster.Replica), Restart: start, Round: round, Place: place,
			}, load.ClosedOptions{Connections: connections, Window: length})
			if err != nil {
				return nil, err
			}
			measured = append(measured, measure.Measure(row))
		}
	}
	return measured, nil
}
