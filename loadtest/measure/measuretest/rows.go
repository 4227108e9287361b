package measuretest

import (
	"fmt"
	"time"

	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

func (b *bench) row(cell load.Cell, slice time.Duration) load.Row {
	return load.Row{
		Cell: cell, Start: b.run.Environment.Started, Window: slice, Elapsed: slice,
		Verdicts: map[load.Verdict]uint64{}, ByReplica: map[string]uint64{}, Use: map[string]load.Use{},
	}
}

// serve answers counted requests inside the window of served ones in all, as a row with that scheme would.
func (b *bench) serve(row *load.Row, s plan.Scheme, counted, served float64) {
	row.Sent, row.Served = uint64(counted), uint64(served)
	row.BytesIn, row.BytesOut = 310*row.Served, 190*row.Served
	row.Use["generator"] = load.Use{CPU: time.Duration(row.Served) * 18 * time.Microsecond}
	lost := uint64(0)
	if s.LosesLogins {
		lost = row.Sent - row.Sent/uint64(row.Replicas)
	}
	row.Verdicts[load.OK] = row.Sent - lost
	if lost > 0 {
		row.Verdicts[load.Unauthenticated] = lost
	}
	for i := range row.Replicas {
		row.ByReplica[fmt.Sprint(i)] = row.Sent / uint64(row.Replicas)
	}
}

func (b *bench) keep(row load.Row) {
	if b.Change != nil {
		b.Change(&row)
	}
	b.run.Measurements = append(b.run.Measurements, measure.Measure(row))
	if b.Stop > 0 && len(b.run.Measurements) >= b.Stop {
		panic(ended{})
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func share(d time.Duration, of float64) time.Duration { return time.Duration(float64(d) * of) }
