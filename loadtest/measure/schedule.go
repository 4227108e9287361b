package measure

import (
	"slices"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// visit is the cell of a slice, without its place in the round.
type visit struct {
	kind           plan.Kind
	tier           string
	replicas       int
	rate, share    float64
	scheme         string
	restart, round int
	connections    int // for a target in closed loop
}

func visitOf(m *Measurement) visit {
	v := visit{
		kind: m.Kind, tier: m.Tier, replicas: m.Replicas, rate: m.Rate, share: m.Share, scheme: m.Scheme,
		restart: m.Restart, round: m.Round,
	}
	if m.Kind == plan.TargetCell && m.Rate == 0 {
		v.connections = m.Connections
	}
	return v
}

// once doubts slices that occur a second time: each would count twice.
func (r *Run) once() {
	seen := map[visit]bool{}
	for i := range r.Measurements {
		m := &r.Measurements[i]
		v := visitOf(m)
		if m.Kind == plan.CapacityCell { // a search may return to a rate
			continue
		}
		if seen[v] {
			m.add(TreatmentMissing, "slice.twice")
		}
		seen[v] = true
	}
}

// starts doubts demand slices of one launch that the process of another answered: launches are the samples of every
// ratio that decides, so that one of them must not pass for six.
func (r *Run) starts() {
	type process struct {
		nonce string
		first int
	}
	start := map[process]int{}
	for i := range r.Measurements {
		m := &r.Measurements[i]
		if m.Kind != plan.DemandCell || m.Tier != "replica" || r.Slices[i].Nonce == "" {
			continue
		}
		p := process{r.Slices[i].Nonce, m.First}
		if first, known := start[p]; !known {
			start[p] = m.Restart
		} else if first != m.Restart {
			m.add(TreatmentMissing, "slice.other-start", "start", m.Restart, "other", first)
		}
	}
}

// inOrder doubts slices that are labelled with an earlier round than a slice measured before them: ratios are paired by
// rounds.
func (r *Run) inOrder() {
	byStart := make([]*Measurement, len(r.Measurements))
	for i := range r.Measurements {
		byStart[i] = &r.Measurements[i]
	}
	slices.SortStableFunc(byStart, func(x, y *Measurement) int { return x.Start.Compare(y.Start) })
	latest := map[visit]int{}
	for _, m := range byStart {
		v := visit{kind: m.Kind, tier: m.Tier, scheme: m.Scheme}
		if m.Round < latest[v] {
			m.add(TreatmentMissing, "slice.out-of-order", "round", m.Round, "latest", latest[v])
		}
		latest[v] = max(latest[v], m.Round)
	}
}

// asPlanned doubts slices whose length is not the plan's: throughput is answers ÷ that length.
func (r *Run) asPlanned() {
	for i := range r.Measurements {
		m := &r.Measurements[i]
		if want := r.slice(m); want != r.Slices[i].Window {
			m.add(TreatmentMissing, "slice.window", "window", r.Slices[i].Window, "plan", want)
		}
	}
}

// slice is the plan's length of a slice; 0 for a slice that the plan does not have.
func (r *Run) slice(m *Measurement) time.Duration {
	p := r.Plan
	switch {
	case m.Kind == plan.DemandCell && m.Tier == "replica" && p.Demand != nil:
		return p.Demand.Slice
	case m.Kind == plan.DemandCell && m.Tier != "replica" && p.Tiers != nil:
		return p.Tiers.Slice
	case (m.Kind == plan.ScalingCell || m.Kind == plan.RelievedCell) && p.Scaling != nil:
		return p.Scaling.Window(p.Smallest(plan.Budget(m.Budget("replica"))))
	case m.Kind == plan.CalibrationCell && p.Scaling != nil: // of a store, before the replicas have their budgets
		return p.Scaling.Window(plan.Budget(m.Budget("store")))
	case m.Kind == plan.LatencyCell && p.Latency != nil:
		return p.Latency.Slice
	case m.Kind == plan.LadderCell && p.Ladder != nil:
		return p.Ladder.Slice
	case m.Kind == plan.CapacityCell && p.Capacity != nil:
		return p.Capacity.Slice
	case m.Kind == plan.TargetCell && p.Target != nil:
		return p.Target.Slice
	}
	return 0
}

// complete compares, in a run that finished, how many rounds visited each scheme of a cell. Every round visits all of
// them, so a scheme with fewer visits has lost slices, and perhaps not at random.
func (r *Run) complete() {
	if !r.Finished() {
		return
	}
	if r.Plan.Target != nil {
		r.visited()
		return
	}
	type cell struct{ of, scheme visit }
	rounds, most := map[visit]int{}, map[visit]int{}
	seen := map[visit]bool{}
	var order []cell
	for i := range r.Measurements {
		v := visitOf(&r.Measurements[i])
		if v.kind == plan.CapacityCell || v.kind == plan.LadderCell || seen[v] { // a search, and rates that differ by scheme
			continue
		}
		seen[v] = true
		v.restart, v.round = 0, 0
		c := cell{scheme: v}
		v.scheme = ""
		c.of = v
		if rounds[c.scheme]++; rounds[c.scheme] == 1 {
			order = append(order, c)
		}
		most[c.of] = max(most[c.of], rounds[c.scheme])
	}
	for _, c := range order {
		if got, want := rounds[c.scheme], most[c.of]; got < want {
			r.Damage = append(r.Damage, message.New("damage.slices", "missing", want-got, "of", want, "cell", name(c.scheme)))
		}
	}
}

func name(v visit) message.Message {
	switch {
	case v.tier != "":
		return message.New("cell.of-tier", "kind", string(v.kind), "scheme", v.scheme, "tier", message.Tier(v.tier))
	case v.rate > 0:
		return message.New("cell.at-rate", "kind", string(v.kind), "scheme", v.scheme, "rate", v.rate)
	default:
		return message.New("cell.of-size", "kind", string(v.kind), "scheme", v.scheme, "replicas", v.replicas)
	}
}
