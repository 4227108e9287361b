package model

import (
	"fmt"
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/stats"
)

// Inputs is everything that a prediction depends on.
type Inputs struct {
	Scheme      string   `json:"scheme"`
	Calibrated  int      `json:"calibrated_replicas"`   // the size that Replica's demand is of
	Connections int      `json:"connections_a_replica"` // a larger cluster has more users
	Delay       float64  `json:"delay_s"`               // as in Network
	Replica     Measured `json:"replica"`               // at the calibrated size
	// Crowding is the share by which Replica's demand grows, times analysis.Crowd, where all replicas run on one machine
	// and compete for its caches. On separate machines it is 0.
	Crowding stats.Interval `json:"crowding"`
	Store    Measured       `json:"store"` // when it is full; zero where there is none
	// StorePartly is what a request costs a store that is not full, by rising use of its budget.
	StorePartly []Partly `json:"store_partly_used,omitempty"`
	Balancer    Measured `json:"balancer"` // zero where it is not part of the question
}

// Forecast is the prediction for one size. Its intervals reflect the intervals of the demands. They do not include the
// error of the model itself.
type Forecast struct {
	Replicas   int            `json:"replicas"`
	Throughput stats.Interval `json:"throughput"` // requests/s
	// Share is the ratio to the control's predicted throughput with as many replicas; zero where the control is not
	// predicted. It is what is judged: whatever the machine does to both, caches that are colder in a small cluster for
	// one, cancels out of it.
	Share    stats.Interval `json:"share_of_control,omitzero"`
	Bounds   Bounds         `json:"bounds"` // with the demands at the center of their intervals, as the solution
	Solution Solution       `json:"solution"`
}

// Prediction is a prediction with its inputs. It is recorded as JSON before the sizes are measured.
type Prediction struct {
	Inputs    Inputs         `json:"inputs"`
	Crossover stats.Interval `json:"crossover_replicas"` // where the store becomes the bottleneck, unless the balancer is
	Forecasts []Forecast     `json:"forecasts"`          // by size
}

// Freeze predicts clusters of the given sizes. The error names the impossible input.
func Freeze(in Inputs, sizes ...int) (Prediction, error) {
	p := Prediction{Inputs: in}
	for _, m := range []struct {
		name   string
		demand stats.Interval
	}{{"replica", in.Replica.Demand}, {"store", in.Store.Demand}, {"balancer", in.Balancer.Demand}} {
		if err := m.demand.Check(); err != nil {
			return Prediction{}, fmt.Errorf("the %s's demand: %w", m.name, err)
		}
	}
	if err := in.network(in.Calibrated, middle).Check(); err != nil {
		return Prediction{}, err
	}
	for _, size := range slices.Compact(slices.Sorted(slices.Values(sizes))) {
		f, err := in.forecast(size)
		if err != nil {
			return Prediction{}, err
		}
		p.Forecasts = append(p.Forecasts, f)
	}
	p.Crossover = in.crossover()
	return p, nil
}

// Of returns the forecast for a size.
func (p Prediction) Of(replicas int) (Forecast, bool) {
	i := slices.IndexFunc(p.Forecasts, func(f Forecast) bool { return f.Replicas == replicas })
	if i < 0 {
		return Forecast{}, false
	}
	return p.Forecasts[i], true
}

// pick chooses one of a demand's possible values.
type pick func(stats.Interval) float64

func low(i stats.Interval) float64    { return i.Low }
func center(i stats.Interval) float64 { return i.Center }
func high(i stats.Interval) float64   { return i.High }

// corner is one choice for each input; middle is the most likely one.
type corner struct{ replica, store, balancer, crowding pick }

var middle = corner{center, center, center, center}

// corners returns every choice of ends and centers, with each of the given choices for the crowding.
func corners(crowding ...pick) (all []corner) {
	picks := []pick{low, center, high}
	for _, r := range picks {
		for _, s := range picks {
			for _, b := range picks {
				for _, g := range crowding {
					all = append(all, corner{r, s, b, g})
				}
			}
		}
	}
	return all
}

// Network is the cluster of a size, with the demands in the middle of their intervals.
func (in Inputs) Network(replicas int) Network { return in.settled(replicas, middle) }

// network returns the cluster of a size with the demands at a corner.
func (in Inputs) network(replicas int, at corner) Network {
	crowded := 1 + at.crowding(in.Crowding)*analysis.Crowd(replicas, in.Calibrated)
	return Network{
		Replicas: replicas, Connections: replicas * in.Connections, Delay: in.Delay,
		Replica:  in.Replica.known(at.replica(in.Replica.Demand) * crowded),
		Store:    in.Store.known(at.store(in.Store.Demand)),
		Balancer: in.Balancer.known(at.balancer(in.Balancer.Demand)),
	}
}

// forecast predicts one size at every corner. Throughput falls with every demand, so its ends are among the corners.
func (in Inputs) forecast(replicas int) (Forecast, error) {
	f := Forecast{Replicas: replicas}
	var err error
	if f.Bounds, err = in.network(replicas, middle).Bounds(); err != nil {
		return Forecast{}, err
	}
	if f.Solution, err = in.solve(replicas, middle); err != nil {
		return Forecast{}, err
	}
	f.Throughput, err = in.throughput(replicas, center, low, center, high)
	return f, err
}

// throughput is the throughput at every corner with one of the given choices for the crowding; the first is the
// center's.
func (in Inputs) throughput(replicas int, crowding ...pick) (stats.Interval, error) {
	at := middle
	at.crowding = crowding[0]
	s, err := in.solve(replicas, at)
	if err != nil {
		return stats.Interval{}, err
	}
	x := stats.Exactly(s.Throughput)
	for _, at := range corners(crowding...) {
		s, err := in.solve(replicas, at)
		if err != nil {
			return stats.Interval{}, err
		}
		x = x.With(s.Throughput)
	}
	return x, nil
}
