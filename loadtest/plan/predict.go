package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"authlab/loadtest/message"
)

// Costs is what things cost on this machine: the last run's figures if there was a run, else DefaultCosts. It serves to
// predict durations and to choose budgets; no result ever uses it.
type Costs struct {
	SignIn    time.Duration `json:"sign_in_ns"`   // one user of many, over HTTP, wall clock
	Fill      time.Duration `json:"fill_ns"`      // one login when a single scheme is filled: account, sign-in and use
	Start     time.Duration `json:"start_ns"`     // one replica, until it is ready and checked
	Hop       time.Duration `json:"hop_ns"`       // what a slice takes beyond its window: meters, the record
	Drain     time.Duration `json:"drain_ns"`     // the same for a slice under budgets, whose last answers take long
	Replica   time.Duration `json:"replica_ns"`   // CPU per request of the control under a budget
	Balancer  time.Duration `json:"balancer_ns"`  // CPU per request
	Generator time.Duration `json:"generator_ns"` // CPU per request
	Cores     int           `json:"-"`            // of this machine; 0: as many as the plans' limits are for
}

// limitCores is how many cores the plans' limits are for.
const limitCores = 2

func (c Costs) cores() int { return cmp.Or(c.Cores, limitCores) }

// DefaultCosts are the figures of a 2-core virtual machine, for a machine without an earlier run.
var DefaultCosts = Costs{
	SignIn: 130 * time.Microsecond, Fill: 245 * time.Microsecond, Start: 60 * time.Millisecond,
	Hop: 3 * time.Millisecond, Drain: 60 * time.Millisecond,
	Replica: 50 * time.Microsecond, Balancer: 40 * time.Microsecond, Generator: 20 * time.Microsecond,
}

// CostsFile returns where a run into a folder of results saves its costs for the next prediction.
func CostsFile(results string) string { return filepath.Join(results, "runs", "costs.json") }

// ReadCosts reads the costs that the last run saved at path; without them it returns DefaultCosts.
func ReadCosts(path string) Costs {
	c := DefaultCosts
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &c) != nil {
		return DefaultCosts
	}
	return c
}

// WriteCosts saves the costs at path for the next run.
func WriteCosts(path string, c Costs) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// Stage is one part of a run with its predicted duration.
type Stage struct {
	Name   string
	Detail string
	Time   time.Duration
}

// Predict lists the stages of a run of p in order.
func (p *Plan) Predict(c Costs) []Stage {
	var stages []Stage
	if d := p.Demand; d != nil {
		schemes := p.DemandSchemes()
		startup := time.Duration(len(schemes)*d.Starts())*c.Start + p.signIns(schemes, d.Starts(), c)
		slices := time.Duration(d.Rounds*len(schemes)) * (d.Slice + c.Hop)
		stages = append(stages, Stage{
			"demand", fmt.Sprintf("%s × %s × %s over %s", message.Count(len(schemes), "scheme"),
				message.Count(d.Rounds, "round"), message.Lasting(d.Slice), message.Count(d.Starts(), "launch")),
			startup + slices,
		})
	}
	if p.Ladder != nil {
		stages = append(stages, p.Ladder.stage(p, c))
	}
	if t := p.Tiers; t != nil {
		tiers := time.Duration(1 + len(p.storeSchemes()))
		search := tiers * 6 * (t.Slice + c.Drain)
		stages = append(stages, Stage{
			"tiers", fmt.Sprintf("%s × %s × %s", message.Count(int(tiers), "tier"), message.Count(t.Rounds, "round"),
				message.Lasting(t.Slice)),
			2*tiers*c.Start + p.signIns(p.storeSchemes(), 1, c) + search +
				tiers*time.Duration(t.Rounds)*(t.Slice+c.Drain),
		})
	}
	if p.Scaling != nil {
		stages = append(stages, p.Scaling.stage(p, c))
	}
	if l := p.Latency; l != nil {
		schemes := p.LatencySchemes()
		var load time.Duration
		for _, rate := range l.Rates {
			load += time.Duration(l.Slices(rate)*len(schemes)) * (l.Slice + c.Hop)
		}
		stages = append(stages, Stage{
			"latency", fmt.Sprintf("%s × %s × %s", message.Count(len(schemes), "scheme"),
				message.Count(len(l.Rates), "rate"), message.Count(l.Samples, "sample")),
			time.Duration(len(schemes)*l.Replicas)*c.Start + p.signIns(schemes, l.Replicas, c) + load,
		})
	}
	if p.Capacity != nil {
		stages = append(stages, p.Capacity.stage(p, c))
	}
	for _, part := range p.Parts {
		stages = append(stages, part.Stage(p, c))
	}
	if p.Target != nil {
		stages = append(stages, p.Target.stage(p, c))
	}
	return stages
}

// Duration returns the sum of the predicted stages.
func (p *Plan) Duration(c Costs) time.Duration {
	var sum time.Duration
	for _, s := range p.Predict(c) {
		sum += s.Time
	}
	return sum
}

// Slices returns how many slices at rate gather the samples that the plan asks for. Random arrivals are sometimes fewer
// than their mean. It adds four standard deviations, so that a percentile is not lost to chance.
func (l *Latency) Slices(rate float64) int {
	samples := float64(l.Samples)
	return int(math.Ceil((samples + 4*math.Sqrt(samples)) / (rate * l.Slice.Seconds())))
}

// signIns predicts the time to sign all users in: once for each scheme, and at each replica where a login lives on the
// replica that created it. Showing all logins to a replica takes about as long.
func (p *Plan) signIns(schemes []Scheme, replicas int, c Costs) time.Duration {
	times := 0
	for _, s := range schemes {
		switch {
		case s.Carrier == ByName:
		case s.PerReplica:
			times += replicas
		case s.Shown > 0:
			times += 1 + s.Shown*replicas
		default:
			times++
		}
	}
	return time.Duration(times*p.Users) * c.SignIn
}

func (p *Plan) storeSchemes() []Scheme {
	var schemes []Scheme
	for _, s := range p.AllSchemes() {
		if s.Store {
			schemes = append(schemes, s)
		}
	}
	return schemes
}
