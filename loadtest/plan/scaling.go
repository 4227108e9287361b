package plan

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"authlab/loadtest/message"
)

// Scaling describes the scaling cells.
type Scaling struct {
	Replicas []int `yaml:"replicas"`
	// UpTo is the largest of Replicas that a scheme is measured at, by name; a scheme that is not named has them all.
	UpTo map[string]int `yaml:"up_to,omitempty"`
	// Budget is the cores of each replica and of the store; Auto lets the machine decide. Budgets stand in its place where
	// the store's machine is another.
	Budget      Budget        `yaml:"budget,omitempty"`
	Budgets     *Budgets      `yaml:"budgets,omitempty"`
	Slice       time.Duration `yaml:"slice"` // at least: Window is longer where the budget's period is
	Rounds      int           `yaml:"rounds"`
	Connections int           `yaml:"connections"` // for each replica
	// HeldOut, unless 0, is the third of Replicas or a later one. It and the larger ones are measured last, in as many
	// rounds of their own, after their throughput was predicted from the smaller ones.
	HeldOut int `yaml:"held_out,omitempty"`
}

// Budgets are the cores of machines that are not alike.
type Budgets struct {
	Replica Budget `yaml:"replica"`
	Store   Budget `yaml:"store"` // Auto: the replica's
}

// Relief is how many times its budget a store has in a relieved cell: enough that nothing waits for it, at the sizes
// that a machine holds.
const Relief = 4

// Asked returns the budget of a replica that the plan asks for; Auto lets the machine decide.
func (s *Scaling) Asked() Budget {
	if s.Budgets != nil {
		return s.Budgets.Replica
	}
	return s.Budget
}

// Store returns the budget of the store beside replicas with budget b.
func (s *Scaling) Store(b Budget) Budget {
	if s.Budgets != nil && s.Budgets.Store != Auto {
		return s.Budgets.Store
	}
	return b
}

// StoreOf returns the budget of a scheme's store beside replicas with budget b.
func (s *Scaling) StoreOf(scheme Scheme, b Budget) Budget {
	if scheme.StoreCores != Auto {
		return scheme.StoreCores
	}
	return s.Store(b)
}

// Window returns how long a slice is counted where the smallest machine has budget b.
func (s *Scaling) Window(b Budget) time.Duration { return max(s.Slice, periods*b.Period()) }

// Smallest returns the budget of the smallest machine of the scaling cells where replicas have budget b. All slices are
// as long as it needs, so that those of one round compare.
func (p *Plan) Smallest(b Budget) Budget {
	least := min(b, p.Scaling.Store(b))
	for _, scheme := range p.AllSchemes() {
		least = min(least, p.Scaling.StoreOf(scheme, b))
	}
	return least
}

// SizesOf returns those of sizes that a scheme is measured at.
func (s *Scaling) SizesOf(scheme string, sizes []int) []int {
	most, limited := s.UpTo[scheme]
	return slices.DeleteFunc(slices.Clone(sizes), func(n int) bool { return limited && n > most })
}

// Calibrated returns the sizes from which the held-out sizes are predicted; all sizes when none is held out.
func (s *Scaling) Calibrated() []int {
	return slices.DeleteFunc(slices.Clone(s.Replicas), s.Held)
}

// Held reports whether a size is predicted before it is measured.
func (s *Scaling) Held(replicas int) bool { return s.HeldOut > 0 && replicas >= s.HeldOut }

// HeldBack returns the sizes of the rounds after the prediction: the held-out ones, and the smallest, because what is
// predicted is the ratio to it in the same round.
func (s *Scaling) HeldBack() []int {
	if s.HeldOut == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Replicas), func(n int) bool { return !s.Held(n) && n != s.Replicas[0] })
}

func (s *Scaling) check() error {
	if s == nil {
		return nil
	}
	if !rising(s.Replicas) {
		return fmt.Errorf("scaling.replicas must rise, between 1 and 64, not %v", s.Replicas)
	}
	if at := slices.Index(s.Replicas, s.HeldOut); s.HeldOut != 0 && at < 2 {
		return fmt.Errorf("scaling.held_out must be one of scaling.replicas with at least two smaller ones, and %d of "+
			"%v is not", s.HeldOut, s.Replicas)
	}
	for _, name := range slices.Sorted(maps.Keys(s.UpTo)) {
		most := s.UpTo[name]
		if _, err := SchemeNamed(name); err != nil {
			return fmt.Errorf("scaling.up_to: %w", err)
		}
		if most < s.Replicas[0] {
			return fmt.Errorf("scaling.up_to must leave %s at least the smallest of scaling.replicas, %d, not %d",
				name, s.Replicas[0], most)
		}
		if name == Control || name == Twin {
			return fmt.Errorf("scaling.up_to must not name %s: every scheme is compared with it at every size", name)
		}
	}
	if s.Budgets != nil && s.Budget != Auto {
		return fmt.Errorf("scaling has both budget and budgets: give one of them")
	}
	if s.Budgets != nil {
		if err := first(s.Budgets.Replica.check("scaling.budgets.replica"),
			s.Budgets.Store.check("scaling.budgets.store")); err != nil {
			return err
		}
	}
	if err := s.Budget.check("scaling.budget"); err != nil {
		return err
	}
	return checkLoad("scaling", s.Slice, s.Rounds, s.Connections)
}

// check refuses a budget that the kernel cannot grant; key is what the plan calls it.
func (b Budget) check(key string) error {
	if b != Auto && b < MinBudget {
		return fmt.Errorf("%s must be at least %v cores: with less, a replica would wait for longer than %v",
			key, float64(MinBudget), MinBudget.Period())
	}
	return nil
}

// visits returns how many slices a round has: the sizes of every scheme.
func (s *Scaling) visits(schemes []Scheme, sizes []int) (n int) {
	for _, scheme := range schemes {
		n += len(s.SizesOf(scheme.Name, sizes))
	}
	return n
}

// stage predicts the scaling stage.
func (s *Scaling) stage(p *Plan, c Costs) Stage {
	schemes := p.AllSchemes()
	var startup time.Duration
	for _, scheme := range schemes {
		sizes := s.SizesOf(scheme.Name, s.Replicas)
		largest := sizes[len(sizes)-1]
		startup += time.Duration(largest)*c.Start + p.signIns([]Scheme{scheme}, largest, c)
	}
	visits := s.visits(schemes, s.Calibrated()) + s.visits(schemes, s.HeldBack())
	visits += len(p.storeSchemes()) // the relieved cells
	if s.HeldOut > 0 {
		visits += len(p.storeSchemes()) // the calibration of each store
	}
	b := s.Asked()
	if b == Auto {
		b = max(MinBudget, AutoBudget(c.cores(), s.Replicas[len(s.Replicas)-1], c))
	}
	b = p.Smallest(b)
	return Stage{
		"scaling", fmt.Sprintf("%s × %s × %s × %s", message.Count(len(schemes), "scheme"),
			message.Count(len(s.Replicas), "size"), message.Count(s.Rounds, "round"), message.Lasting(s.Window(b))),
		startup + time.Duration(visits*s.Rounds)*(b.Warmup()+s.Window(b)+c.Drain),
	}
}
