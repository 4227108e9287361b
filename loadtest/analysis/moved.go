package analysis

import (
	"math"
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// moved reports whether ratios to the control, in the order of their rounds, changed while the run went on: by more
// than drift between two thirds of it, and by more than their scatter explains.
//
// A machine can favour one scheme for minutes, in all its launches at once, while the control agrees with itself: seen
// on a virtual machine, where one scheme's requests took 30 % more or less from one round to the next and stayed there.
// The launches then agree with each other, and an interval over them is too narrow.
func moved(ratios []float64) bool {
	all := thirds(ratios)
	for i := range all {
		for _, later := range all[i+1:] {
			if len(all[i]) < minThird || len(later) < minThird || stats.Median(all[i]) <= 0 {
				continue
			}
			if math.Abs(stats.Median(later)/stats.Median(all[i])-1) > drift && apart(all[i], later) {
				return true
			}
		}
	}
	return false
}

// grouped are figures of rounds, in their order, and the same by launch and by part of the run's time.
type grouped struct {
	all             []float64
	launches, parts [][]float64
	rounds          int
}

// newGrouped is empty. The time of the cells has as many parts as there are launches.
func newGrouped(launches int, cells []*measure.Measurement) *grouped {
	p := &grouped{launches: make([][]float64, launches), parts: make([][]float64, launches)}
	for _, m := range cells {
		p.rounds = max(p.rounds, m.Round+1)
	}
	return p
}

func (p *grouped) add(m *measure.Measurement, figure float64) {
	part := m.Round * len(p.parts) / p.rounds
	p.all = append(p.all, figure)
	p.launches[m.Restart] = append(p.launches[m.Restart], figure)
	p.parts[part] = append(p.parts[part], figure)
}

// implausible doubts all costs where a scheme costs less than the control. A scheme does all that the control does, and
// more: the machine made it cheaper, and may have made another scheme more costly.
func (a *Analysis) implausible() {
	for _, c := range a.Demand {
		less := c.Ratio.Why.IsZero() && c.Ratio.High < 1 && 1-c.Ratio.Center > a.Floor.Width()
		if less && c.As == "" && doesMore(c.Scheme) && a.Noisy.IsZero() {
			a.Noisy = message.Say("floor.implausible", "scheme", c.Name, "low", c.Ratio.Low, "high", c.Ratio.High)
		}
	}
}

// tooMany doubts the shares of a size at which a scheme answered more than the control. Lower bounds prove nothing.
func (a *Analysis) tooMany(replicas int) message.Sentence {
	for _, t := range a.Scaling {
		if t.Replicas == replicas && doesMore(t.Scheme) && t.Bound.IsZero() && !a.bound(replicas) && t.Control.Excludes(1) &&
			t.Control.Low > 1 {
			return message.Say("scaling.implausible", "scheme", t.Name, "low", t.Control.Low, "high", t.Control.High)
		}
	}
	return message.Sentence{}
}

// bound reports whether the control's throughput at a size is a lower bound.
func (a *Analysis) bound(replicas int) bool {
	return slices.ContainsFunc(a.Scaling, func(t Throughput) bool {
		return t.Name == plan.Control && t.Replicas == replicas && !t.Bound.IsZero()
	})
}

// doesMore reports whether a scheme does all that the control does, and more. A peer is another program.
func doesMore(s plan.Scheme) bool {
	return s.Peer == "" && s.Name != plan.Control && s.Name != plan.Twin
}
