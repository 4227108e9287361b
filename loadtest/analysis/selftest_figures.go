package analysis

import (
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// SelftestCeiling is what the generator reached against a server, from slices in closed loop.
func SelftestCeiling(against string, cells []measure.Measurement) record.Ceiling {
	of := func(figure func(*measure.Measurement) float64) float64 {
		var samples []float64
		for i := range cells {
			samples = append(samples, figure(&cells[i]))
		}
		return stats.Median(samples)
	}
	return record.Ceiling{
		Against:       against,
		Rate:          of(func(m *measure.Measurement) float64 { return m.Throughput }),
		Generator:     of(func(m *measure.Measurement) float64 { return micros(m, "generator") }),
		Server:        of(func(m *measure.Measurement) float64 { return micros(m, "replica") }),
		GeneratorBusy: of(func(m *measure.Measurement) float64 { return m.Cores["generator"] }),
		ServerBusy:    of(func(m *measure.Measurement) float64 { return m.Cores["replica"] }),
	}
}

// SelftestPunctuality is how one slice in open loop kept its rate.
func SelftestPunctuality(row record.Slice, m measure.Measurement) record.Punctuality {
	p := record.Punctuality{Rate: row.Rate, Planned: row.Planned, Sent: row.Served, Generator: micros(&m, "generator")}
	if m.Lag != nil {
		p.LagP50, p.LagP99 = time.Duration(m.Lag.ValueAtQuantile(50)), time.Duration(m.Lag.ValueAtQuantile(99))
	}
	return p
}

// SelftestBudget is what a replica used of a budget, in cores, from slices in closed loop. In a run, a slice in which
// it took more than its budget does not count. Here it counts, because it is the question.
func SelftestBudget(cores float64, cells []measure.Measurement) record.HeldBudget {
	b := record.HeldBudget{Cores: cores}
	b.Valid, b.Of, b.Doubt = counted(cells)
	var used, rate []float64
	for _, m := range cells {
		used, rate = append(used, m.Busy["replica"]), append(rate, m.Throughput)
	}
	b.Used, b.Rate = stats.Of(used), stats.Of(rate)
	return b
}
