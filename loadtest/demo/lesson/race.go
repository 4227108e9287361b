package lesson

import (
	"context"
	"math"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/record"
)

// Race is a column's throughput under more load than it can serve, as more and more replicas serve it.
type Race struct {
	Cost Cost `json:"cost"`
	// Laps are what was measured, in their order; several are of one number of replicas.
	Laps []Lap `json:"laps,omitempty"`
}

// Cost is what a request costs at saturation, and the budgets that pay for it. All that the model says follows from it.
type Cost struct {
	Replica      float64 `json:"replica"`      // CPU s for a request, in a replica
	Store        float64 `json:"store"`        // the same in the store; 0 where requests do not ask it
	ReplicaCores float64 `json:"replicaCores"` // each replica's budget
	StoreCores   float64 `json:"storeCores"`   // the store's; 0 where there is none
}

// Lap is one measurement of a race.
type Lap struct {
	Replicas  int     `json:"replicas"`  // behind the balancer
	PerSecond float64 `json:"perSecond"` // right answers
	Failed    uint64  `json:"failed"`    // requests with another answer, or none
	Answered  int     `json:"answered"`  // replicas that answered
	// Replica and Store are the shares of their budgets that the first replica and the store used; 0 where there is no
	// store. A process that is seldom asked needs more CPU for each request, so it uses much of a small budget long before
	// it is the limit.
	Replica float64 `json:"replica"`
	Store   float64 `json:"store"`
}

// Crossover is the number of replicas at which the store becomes the bottleneck; +Inf where it never does.
func (c Cost) Crossover() float64 {
	return model.Crossover(model.Tier{Demand: c.Replica, Cores: c.ReplicaCores},
		model.Tier{Demand: c.Store, Cores: c.StoreCores})
}

// Most is the highest throughput that the budgets of that many replicas, and the store's, allow.
func (c Cost) Most(replicas float64) float64 {
	return min(replicas, c.Crossover()) * c.ReplicaCores / c.Replica
}

// sizes are the numbers of replicas of the race.
var sizes = []int{1, 2, 4, 8}

const (
	lapsEach = 3 // for each number of replicas
	lap      = time.Second
	// settling is the uncounted start of a number of replicas: a process that was idle may use the budget of several
	// periods at once.
	settling = 700 * time.Millisecond
)

// Weigh measures what a request costs a replica and the store, each at its limit: one replica that has its budget while
// the store has none, and then the store that has its budget while the replicas have none.
type Weigh struct{}

// Do implements Act.
func (Weigh) Do(ctx context.Context, p *Place) error {
	defer p.deaf(ctx)()
	c, err := p.gather(ctx)
	if err != nil {
		return err
	}
	budgets, last := p.setting.Race, sizes[len(sizes)-1]
	cost := Cost{ReplicaCores: budgets.Replica}
	alone, err := p.under(budgets.Replica, 0, func() (slice, error) { return c.ask(ctx, 1, settling, 2*lap) })
	if err != nil {
		return err
	}
	cost.Replica = alone.replica.Seconds() / float64(alone.Served)
	p.say(message.New("demo.deed.weighed-replica", "us", cost.Replica*1e6, "cores", budgets.Replica))
	if p.cluster.Store() == nil {
		p.say(message.New("demo.deed.weighed-nothing"))
	} else {
		cost.StoreCores = budgets.Store
		full, err := p.under(0, budgets.Store, func() (slice, error) { return c.ask(ctx, last, settling, 2*lap) })
		if err != nil {
			return err
		}
		cost.Store = full.store.Seconds() / float64(full.Served)
		p.say(message.New("demo.deed.weighed-store", "us", cost.Store*1e6, "cores", budgets.Store))
		p.say(message.New("demo.deed.crossover", "replicas", cost.Crossover()))
	}
	c.expected = cost
	p.evidence.Race = &Race{Cost: cost}
	return nil
}

// Compete sends load to one replica and then to more of them, with the budgets on.
type Compete struct{}

// Do implements Act.
func (Compete) Do(ctx context.Context, p *Place) error {
	if p.replaying { // it changes nothing
		return nil
	}
	defer p.deaf(ctx)()
	c, err := p.gather(ctx)
	if err != nil {
		return err
	}
	race := &Race{Cost: c.expected}
	p.evidence.Race = race
	_, err = p.under(p.setting.Race.Replica, p.setting.Race.Store, func() (s slice, err error) {
		for _, n := range sizes {
			for i := range lapsEach {
				warmup := settling
				if i > 0 {
					warmup = 0
				}
				if s, err = c.ask(ctx, n, warmup, lap); err != nil {
					return s, err
				}
				race.Laps = append(race.Laps, race.lap(n, s))
				p.tell()
			}
		}
		return s, nil
	})
	return err
}

// lap is what a moment of load shows.
func (r *Race) lap(replicas int, s slice) Lap {
	ok := s.Verdicts[record.OK]
	l := Lap{
		Replicas: replicas, PerSecond: float64(ok) / s.Window.Seconds(), Failed: s.Sent - ok, Answered: len(s.ByReplica),
		Replica: s.replica.Seconds() / s.Elapsed.Seconds() / r.Cost.ReplicaCores,
	}
	if r.Cost.StoreCores > 0 {
		l.Store = s.store.Seconds() / s.Elapsed.Seconds() / r.Cost.StoreCores
	}
	return l
}

// under does something while the budgets hold, in cores; 0 is none.
func (p *Place) under(replica, store float64, what func() (slice, error)) (slice, error) {
	if err := p.limit(replica, store); err != nil {
		return slice{}, err
	}
	s, err := what()
	if lifted := p.limit(0, 0); err == nil {
		err = lifted
	}
	return s, err
}

// deaf stops listening to the store, which costs it as much as it answers, until the returned function is called.
func (p *Place) deaf(ctx context.Context) (again func()) {
	p.ear.close()
	p.ear.missed = true
	return func() { p.ear.listen(ctx, p.cluster.Store()) }
}

// At is the mean of the laps with that many replicas.
func (r *Race) At(replicas int) (mean Lap) {
	n := 0.0
	for _, l := range r.Laps {
		if l.Replicas == replicas {
			n++
			mean.PerSecond, mean.Replica, mean.Store = mean.PerSecond+l.PerSecond, mean.Replica+l.Replica, mean.Store+l.Store
			mean.Replicas, mean.Answered, mean.Failed = replicas, l.Answered, mean.Failed+l.Failed
		}
	}
	n = math.Max(1, n)
	mean.PerSecond, mean.Replica, mean.Store = mean.PerSecond/n, mean.Replica/n, mean.Store/n
	return mean
}

// grew reports whether the last doubling of the replicas still raised the throughput by more than a half.
func (r *Race) grew() bool {
	return r.At(sizes[len(sizes)-1]).PerSecond > 1.5*r.At(sizes[len(sizes)-2]).PerSecond
}

// Bend is the number of replicas beyond which more brought nothing: the throughput of all ÷ the throughput of one.
func (r *Race) Bend() float64 {
	return r.At(sizes[len(sizes)-1]).PerSecond / r.At(sizes[0]).PerSecond
}
