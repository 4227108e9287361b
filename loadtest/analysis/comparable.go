package analysis

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"strings"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Comparable is all of a run that a comparison with another one needs. It is data, and part of report.json, so that the
// command line and the page of a report compare by the same rules.
type Comparable struct {
	Run string `json:"run"` // the run's ID
	// Cannot says why nothing of the run can be compared.
	Cannot  message.Sentence `json:"cannot,omitzero"`
	Same    []Trait          `json:"must_agree"`       // what must be alike where both runs have it
	Told    []Trait          `json:"told"`             // what is worth a warning where it differs
	Digest  string           `json:"digest,omitempty"` // of the raw files
	Dirty   bool             `json:"uncommitted"`      // measured with changes that are in no commit
	Plan    string           `json:"plan"`             // the name of the plan
	Content string           `json:"plan_sha256"`      // of the text of the plan
	Figures []Comparand      `json:"figures"`          // what is compared
}

// Trait is one property of a run, by the key of its name.
type Trait struct {
	Key   string `json:"key"`   // its name in the catalogue; of a part also its role
	Value string `json:"value"` // what it is in this run
}

// Comparand is one figure that a run established within itself.
type Comparand struct {
	// Key names the figure, with the circumstances on which it depends, such as a budget. Two runs compare figures with
	// one key and scheme.
	Key    string           `json:"key"`
	Scheme string           `json:"scheme"` // whose figure it is
	Figure message.Sentence `json:"figure"` // in words
	Of     stats.Estimate   `json:"of"`     // unknown where the run has no such figure, and should
	Once   bool             `json:"once"`   // the servers were started too few times to decide anything
	// Floor is the share by which figures of one and the same program changed in this run. A change that is smaller than
	// that of either run is none.
	Floor float64 `json:"floor"`
}

// Comparable gathers what of a run can be compared with another.
func (a *Analysis) Comparable() *Comparable {
	c := &Comparable{
		Run: a.Run.ID, Cannot: message.Sentence{Message: a.incomparable()}, Same: a.same(), Told: a.told(),
		Digest: a.Run.Digest, Dirty: a.Run.Environment.Dirty, Plan: a.Run.Plan.Name,
		Content: fmt.Sprintf("%x", sha256.Sum256(a.Run.Plan.Text())), Figures: []Comparand{},
	}
	c.Figures = append(c.Figures, a.comparableCosts()...)
	c.Figures = append(c.Figures, a.comparableScaling()...)
	c.Figures = append(c.Figures, a.comparableLatency()...)
	for _, found := range a.Experiments {
		for _, f := range found.Figures() {
			c.Figures = append(c.Figures, Comparand{
				Key: found.Kind + " " + f.What.String(), Scheme: f.Scheme, Figure: message.Sentence{Message: f.What}, Of: f.Of,
				Once: !f.Of.Why.IsZero(),
			})
		}
	}
	c.Figures = append(c.Figures, a.comparableTarget()...)
	return c
}

// incomparable says why nothing of a run can be compared.
func (a *Analysis) incomparable() message.Message {
	switch {
	case !a.Void.IsZero():
		return message.New("across.void")
	case len(a.Run.Damage) > 0:
		return a.Run.Damage[0]
	case !a.Partial.IsZero():
		return message.New("across.partial", "why", a.Partial)
	}
	return message.Message{}
}

// FirstPlatform is the platform of runs that do not choose one, and of runs that are older than the choice.
const FirstPlatform = "processes"

// same are the places where the servers ran, the deployment, and the parts by their roles. It is not known what else
// differs between two deployments. A part that only one run needed is not a reason.
func (a *Analysis) same() []Trait {
	e := a.Run.Environment
	all := []Trait{{"across.platforms", cmp.Or(e.Platform, FirstPlatform)}}
	if e.Target != nil {
		all = append(all, Trait{"across.targets", e.Target.URL})
	}
	for _, p := range e.Parts {
		all = append(all, Trait{"across.part " + p.Role, p.Name})
	}
	return all
}

// told are what else may differ.
func (a *Analysis) told() []Trait {
	e := a.Run.Environment
	return []Trait{
		{"across.cpu", e.CPU},
		{"across.cores", fmt.Sprint(e.Cores)},
		{"across.os", e.OS},
		{"across.kernel", e.Kernel},
		{"across.go", e.Go},
		{"across.governor", e.Governor},
		{"across.commit", e.Commit},
		{"across.budgets", e.Budgets},
		{"across.parts", versions(e.Parts)},
		{"across.plan", a.Run.Plan.Name},
	}
}

func versions(parts []record.Part) string {
	var all []string
	for _, p := range parts {
		all = append(all, p.Name+" "+p.Version)
	}
	return strings.Join(all, ", ")
}

// comparableCosts are the costs of schemes. Their samples are starts. With 6 starts a 95 % interval is their whole
// range. Two intervals that do not touch are then what a rank test would find once in 462 pairs of runs of one program.
func (a *Analysis) comparableCosts() (all []Comparand) {
	floor := math.Max(math.Abs(a.Floor.Low-1), math.Abs(a.Floor.High-1))
	for _, c := range a.Demand {
		if c.As == "" && c.Name != plan.Control {
			all = append(all, Comparand{
				Key: "cost", Scheme: c.Name, Figure: message.Say("figure.cost"), Of: c.Ratio, Once: !c.Ratio.Why.IsZero(),
				Floor: floor,
			})
		}
	}
	return all
}

// comparableScaling is what more replicas brought, under a budget.
func (a *Analysis) comparableScaling() (all []Comparand) {
	for _, t := range a.Scaling {
		smallest := a.Run.Plan.Scaling.Replicas[0]
		if t.Replicas == smallest {
			continue
		}
		c := Comparand{
			Key:    fmt.Sprintf("replicas %d/%d, %.4g", t.Replicas, smallest, t.Budget),
			Scheme: t.Name, Figure: message.Say("figure.replicas", "replicas", t.Replicas, "smallest", smallest), Once: true,
		}
		if t.Bound.IsZero() {
			c.Of = t.Speedup
		}
		all = append(all, c)
	}
	return all
}

// comparableLatency is how much longer the requests of a scheme took than the control's, at a rate.
func (a *Analysis) comparableLatency() (all []Comparand) {
	for _, l := range a.Latency {
		if l.Name == plan.Control {
			continue
		}
		for _, of := range []struct {
			quantile string
			ratio    stats.Estimate
		}{{"p50", l.Median}, {"p99", l.Tail}} {
			all = append(all, Comparand{
				Key: fmt.Sprintf("latency %s, %g", of.quantile, l.Rate), Scheme: l.Name, Of: of.ratio, Once: true,
				Figure: message.Say("figure.quantile", "quantile", of.quantile, "rate", l.Rate),
			})
		}
	}
	return all
}

// comparableTarget is what more connections brought.
func (a *Analysis) comparableTarget() (all []Comparand) {
	for _, t := range a.Target {
		fewest := a.Target[0].Connections
		if t.Connections == 0 || t.Connections == fewest {
			continue
		}
		all = append(all, Comparand{
			Key:    fmt.Sprintf("connections %d/%d, %g", t.Connections, fewest, t.Latency.Rate),
			Scheme: t.Latency.Name, Of: t.Growth, Once: true,
			Figure: message.Say("figure.connections", "connections", t.Connections, "fewest", fewest),
		})
	}
	return all
}
