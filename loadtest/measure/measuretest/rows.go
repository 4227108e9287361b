package measuretest

import (
	"fmt"
	"math"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

func (b *bench) row(cell record.Cell, slice time.Duration) record.Slice {
	return record.Slice{
		Cell: cell, Start: b.run.Environment.Started, Window: slice, Elapsed: slice,
		Verdicts: map[record.Verdict]uint64{}, ByReplica: map[string]uint64{}, Use: map[string]record.Use{},
	}
}

// serve answers counted requests inside the window, of served in total, as a slice of that scheme would.
func (b *bench) serve(row *record.Slice, s plan.Scheme, counted, served float64) {
	row.Sent, row.Served = uint64(counted), uint64(served)
	row.BytesIn, row.BytesOut = 310*row.Served, 190*row.Served
	row.Use["generator"] = record.Use{CPU: time.Duration(row.Served) * 18 * time.Microsecond}
	if s.Identities.Drawn {
		row.Users = b.run.Plan.Users
		row.Hottest = uint64(math.Round(served * s.Identities.Hottest(row.Users)))
	}
	lost := uint64(0)
	if s.LosesLogins {
		lost = row.Sent - row.Sent/uint64(row.Replicas)
	}
	row.Verdicts[record.OK] = row.Sent - lost
	if lost > 0 {
		row.Verdicts[record.Unauthenticated] = lost
	}
	for i := range row.Replicas {
		row.ByReplica[fmt.Sprint(row.First+i)] = row.Sent / uint64(row.Replicas)
	}
}

func (b *bench) keep(row record.Slice) {
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
