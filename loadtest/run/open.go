package run

import (
	"context"
	"io"

	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// open sends one slice of open-loop load at the cell's rate. It records the requests in the named file; "" discards
// them.
func (r *Run) open(
	ctx context.Context, t *load.Target, cell record.Cell, o load.OpenOptions, file string,
) (record.Slice, error) {
	o.Requests = io.Discard
	if file != "" {
		var err error
		if o.Requests, err = r.folder.Requests(file); err != nil {
			return record.Slice{}, err
		}
	}
	o.Rate, o.Seed = cell.Rate, o.Seed+r.plan.Seed+uint64(cell.Round)
	if o.Arrivals == "" {
		o.Arrivals = plan.Poisson
	}
	return load.Open(ctx, cell, t, o)
}
