package plan

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"authlab/loadtest/message"
)

// Costs is what things cost on this machine: the last run's figures where there was one, else DefaultCosts. Durations are
// predicted and budgets are chosen from it; no result ever uses it.
type Costs struct {
	SignIn    time.Duration `json:"sign_in_ns"`   // one user of many, over HTTP, wall clock
	Fill      time.Duration `json:"fill_ns"`      // one login of a row that is alone and filled with them: its account, its sign-in, its use
	Start     time.Duration `json:"start_ns"`     // one replica, until it is ready and checked
	Hop       time.Duration `json:"hop_ns"`       // what a slice takes beyond its window: reading meters, writing the row
	Drain     time.Duration `json:"drain_ns"`     // the same of a slice under budgets, whose last answers take long
	Replica   time.Duration `json:"replica_ns"`   // CPU per request of the control under a budget
	Balancer  time.Duration `json:"balancer_ns"`  // CPU per request
	Generator time.Duration `json:"generator_ns"` // CPU per request
}

// DefaultCosts are figures of a 2-core virtual machine, for a machine that has not run yet.
var DefaultCosts = Costs{
	SignIn: 130 * time.Microsecond, Fill: 245 * time.Microsecond, Start: 60 * time.Millisecond, Hop: 3 * time.Millisecond, Drain: 60 * time.Millisecond,
	Replica: 50 * time.Microsecond, Balancer: 40 * time.Microsecond, Generator: 20 * time.Microsecond,
}

// CostsFile is where a run into a folder of results leaves its costs for the next prediction.
func CostsFile(results string) string { return filepath.Join(results, "runs", "costs.json") }

// ReadCosts reads the table that the last run left at path; without one it returns DefaultCosts.
func ReadCosts(path string) Costs {
	c := DefaultCosts
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &c) != nil {
		return DefaultCosts
	}
	return c
}

// WriteCosts leaves the table at path for the next run.
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
		arms := p.DemandSchemes()
		once := time.Duration(len(arms))*c.Start + p.signIns(arms, 1, c)
		slices := time.Duration(d.Rounds*len(arms)) * (d.Slice + c.Hop)
		stages = append(stages, Stage{"demand", fmt.Sprintf("%s × %s × %v over %s",
			message.Count(len(arms), "scheme"), message.Count(d.Rounds, "round"), d.Slice, message.Count(d.Restarts, "start")), time.Duration(d.Restarts)*once + slices})
	}
	if p.Ladder != nil {
		stages = append(stages, p.Ladder.stage(p, c))
	}
	if t := p.Tiers; t != nil {
		tiers := time.Duration(1 + len(p.storeSchemes()))
		search := tiers * 6 * (t.Slice + c.Drain)
		stages = append(stages, Stage{
			"tiers", fmt.Sprintf("%s × %s × %v", message.Count(int(tiers), "tier"), message.Count(t.Rounds, "round"), t.Slice),
			2*tiers*c.Start + p.signIns(p.storeSchemes(), 1, c) + search + tiers*time.Duration(t.Rounds)*(t.Slice+c.Drain),
		})
	}
	if s := p.Scaling; s != nil {
		arms, sizes := p.AllSchemes(), len(s.Replicas)
		largest := s.Replicas[sizes-1]
		stages = append(stages, Stage{
			"scaling", fmt.Sprintf("%s × %s × %s × %v", message.Count(len(arms), "scheme"), message.Count(sizes, "size"), message.Count(s.Rounds, "round"), s.Slice),
			time.Duration(len(arms)*largest)*c.Start + p.signIns(arms, largest, c) +
				time.Duration(s.slices(len(arms), len(p.storeSchemes())))*(Warmup+s.Slice+c.Drain),
		})
	}
	if l := p.Latency; l != nil {
		arms := p.LatencySchemes()
		var load time.Duration
		for _, rate := range l.Rates {
			load += time.Duration(l.Slices(rate)*len(arms)) * (l.Slice + c.Hop)
		}
		stages = append(stages, Stage{
			"latency", fmt.Sprintf("%s × %s × %s", message.Count(len(arms), "scheme"), message.Count(len(l.Rates), "rate"), message.Count(l.Samples, "sample")),
			time.Duration(len(arms)*l.Replicas)*c.Start + p.signIns(arms, l.Replicas, c) + load,
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

// Duration is the sum of Predict.
func (p *Plan) Duration(c Costs) time.Duration {
	var sum time.Duration
	for _, s := range p.Predict(c) {
		sum += s.Time
	}
	return sum
}

// Calibrated are the sizes that a held-out one is predicted from; all of them when none is held out.
func (s *Scaling) Calibrated() []int {
	if s.HeldOut == 0 {
		return s.Replicas
	}
	return s.Replicas[:len(s.Replicas)-1]
}

// slices is how many slices of load there are: for each arm and size, and for the calibration of each store.
func (s *Scaling) slices(arms, stores int) int {
	n := arms * len(s.Calibrated())
	if s.HeldOut != 0 {
		n += 2*arms + stores // the smallest size is visited again beside the held-out one
	}
	return n * s.Rounds
}

// Slices is how many slices at rate gather the samples that the plan asks for. Random arrivals are sometimes fewer than
// their mean: four standard deviations are added, so that a percentile is not lost to chance.
func (l *Latency) Slices(rate float64) int {
	samples := float64(l.Samples)
	return int(math.Ceil((samples + 4*math.Sqrt(samples)) / (rate * l.Slice.Seconds())))
}

// signIns predicts the time to sign everyone in: once for each arm, and at each of so many replicas where a login lives on the
// one that made it. To show everyone to a replica takes about as long.
func (p *Plan) signIns(arms []Scheme, replicas int, c Costs) time.Duration {
	times := 0
	for _, a := range arms {
		switch {
		case a.Carrier == ByName:
		case a.PerReplica:
			times += replicas
		case a.Shown > 0:
			times += 1 + a.Shown*replicas
		default:
			times++
		}
	}
	return time.Duration(times*p.Users) * c.SignIn
}

func (p *Plan) storeSchemes() []Scheme {
	var arms []Scheme
	for _, a := range p.AllSchemes() {
		if a.Store {
			arms = append(arms, a)
		}
	}
	return arms
}
