package lesson

import (
	"errors"
	"math"

	"authlab/loadtest/demo/stand"
	"authlab/loadtest/message"
)

// small are computers so small that eight of them fit on this one, and a store that is smaller still.
var small = &stand.Race{Users: 200, Replica: 0.04, Store: 0.01, Sizes: sizes}

// race: load on both columns, more and more replicas, and the store's limit.
var race = Scene{
	Name:    "race",
	Minutes: 10,
	Columns: [2]Column{
		{"session-redis", stand.Setting{Scheme: "session-redis", Replicas: 8, Race: small}},
		{"token-hs256", stand.Setting{Scheme: "token-hs256", Replicas: 8, Race: small}},
	},
	Steps: []Step{
		{
			Name:   "weigh",
			Acts:   both(Login{Alice}, Weigh{}),
			Expect: [2][]Expect{{answers(200), weighed(true)}, {answers(200), weighed(false)}},
			Bet:    crossings,
			Code:   []Code{{"loadtest/model/crossover.go", "func Crossover("}},
			Row:    "session-redis",
		},
		{
			Name:   "run",
			Acts:   both(Compete{}, Ask{Who: Alice}),
			Expect: [2][]Expect{{answers(200), ran, bent}, {answers(200), ran, unbent}},
			Bet:    grows,
			Answer: "right",
			Code:   []Code{{"loadtest/model/bounds.go", "func (n Network) Bounds("}},
			Row:    "session-redis",
		},
	},
}

// crossings is a bet on the number of replicas from which on the left column's store is the bottleneck.
var crossings = []Choice{
	between("soon", message.New("demo.choice.crossing-soon"), 0, 2),
	between("middle", message.New("demo.choice.crossing-middle"), 2, 4),
	between("late", message.New("demo.choice.crossing-late"), 4, 8),
	between("never", message.New("demo.choice.crossing-never"), 8, math.Inf(1)),
}

func between(name string, words message.Message, from, to float64) Choice {
	return Choice{name, words, func(left, _ *Evidence) bool {
		n := left.Race.Cost.Crossover()
		return n >= from && n < to
	}}
}

// grows is a bet on whose throughput still grows with the last four replicas.
var grows = sided(func(e *Evidence) bool { return e.Race.grew() },
	message.New("demo.choice.all-both"), message.New("demo.choice.all-left"), message.New("demo.choice.all-right"),
	message.New("demo.choice.all-neither"))

// weighed expects that a request costs a replica something, and a store too where there is one.
func weighed(store bool) Expect {
	return func(_ *Place, e *Evidence) error {
		if e.Race == nil {
			return amiss{message.New("demo.amiss.unweighed")}
		}
		if c := e.Race.Cost; c.Replica <= 0 || (c.Store > 0) != store {
			return amiss{message.New("demo.amiss.costs", "replica", 1e6*c.Replica, "store", 1e6*c.Store)}
		}
		return nil
	}
}

// mostFailed is the share of requests that may fail: a store at its limit may be late for one.
const mostFailed = 0.02

// ran expects that each number of replicas answered, all of them, and with right answers.
func ran(_ *Place, e *Evidence) error {
	if e.Race == nil || len(e.Race.Laps) != lapsEach*len(sizes) {
		return amiss{message.New("demo.amiss.unfinished")}
	}
	for _, l := range e.Race.Laps {
		if l.Answered != l.Replicas {
			return amiss{message.New("demo.amiss.some", "got", l.Answered, "want", l.Replicas)}
		}
		if l.PerSecond == 0 || float64(l.Failed) > mostFailed*l.PerSecond*lap.Seconds() {
			return amiss{message.New("demo.amiss.wrong", "count", l.Replicas, "right", l.PerSecond, "failed", l.Failed)}
		}
	}
	return nil
}

// nearEnough is how many times as early or as late as the model says the store's bottleneck may come. Both are measured
// in seconds, on a machine that does other things too.
const nearEnough = 2

// bent expects that the store used up its budget with eight replicas, and that it became the bottleneck about where the
// model says.
func bent(_ *Place, e *Evidence) error {
	last := e.Race.At(sizes[len(sizes)-1])
	said, found := e.Race.Cost.Crossover(), e.Race.Bend()
	switch {
	case last.Store < 0.9:
		return errors.Join(amiss{message.New("demo.amiss.store-idle", "used", last.Store)}, errBusy)
	case e.Race.grew():
		return amiss{message.New("demo.amiss.grew", "found", found)}
	case found > nearEnough*said || said > nearEnough*found:
		return amiss{message.New("demo.amiss.elsewhere", "found", found, "said", said)}
	}
	return nil
}

// errBusy says what is wrong where budgets are not used up under more load than they can serve.
var errBusy = amiss{message.New("demo.amiss.busy")}

// unbent expects that the last replicas still brought more.
func unbent(_ *Place, e *Evidence) error {
	if e.Race.grew() {
		return nil
	}
	less := amiss{message.New("demo.amiss.ungrown", "found", e.Race.Bend())}
	if last := e.Race.At(sizes[len(sizes)-1]); last.Replica < 0.85 {
		return errors.Join(less, amiss{message.New("demo.amiss.replicas-idle", "used", last.Replica)}, errBusy)
	}
	return less
}
