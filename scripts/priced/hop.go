package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"authlab/loadtest/experiment"
)

// defence is one to be priced.
type defence struct {
	name          string
	with, without request
}

// request calls a handler once. Its error says that the handler did not do its work, so that its time counts nothing.
type request func() error

// clock is CPU time so far.
type clock func() (time.Duration, error)

// processCPU is the CPU time of all threads of this process, the garbage collector's too.
func processCPU() (time.Duration, error) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t)
	return time.Duration(t.Nano()), err
}

// warm is how long a handler runs before its calls are counted, and again while they are: caches, pools and branch
// predictors are warm then.
const warm = 15 * time.Millisecond

// slice is a number of calls to one of a round's counters.
type slice struct {
	of   request
	into *experiment.Calls
}

// hop gives each defence three slices in each round, in an order that the seed decides: whatever the machine does for
// longer than a slice meets all of them. All slices of a defence have the same number of calls.
func hop(
	ctx context.Context, all []defence, h experiment.Hops, now clock, keep func(experiment.Hopped) error,
) error {
	calls := make([]int, len(all))
	for i, d := range all {
		var err error
		if calls[i], err = warmUp(d, h.Slice, now); err != nil {
			return err
		}
	}
	random := rand.New(rand.NewPCG(h.Seed, 0))
	for round := range h.Rounds {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		results, slices, counts := make([]experiment.Hopped, len(all)), []slice{}, []int{}
		for i, d := range all {
			r := &results[i]
			r.Defence, r.Round = d.name, round
			slices = append(slices, slice{d.with, &r.With}, slice{d.without, &r.Without}, slice{d.without, &r.Again})
			counts = append(counts, calls[i], calls[i], calls[i])
		}
		for _, at := range random.Perm(len(slices)) {
			if err := slices[at].run(counts[at], now); err != nil {
				return fmt.Errorf("%s: %w", all[at/3].name, err)
			}
		}
		for _, r := range results {
			if err := keep(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// run makes n calls.
func (s slice) run(n int, now clock) error {
	began, err := now()
	if err != nil {
		return err
	}
	for range n {
		if err := s.of(); err != nil {
			return err
		}
	}
	ended, err := now()
	s.into.N, s.into.CPU = uint64(n), ended-began
	return err
}

// warmUp runs both handlers of a defence, and returns how many calls of the one without it fill a slice.
func warmUp(d defence, length time.Duration, now clock) (calls int, err error) {
	for _, of := range []request{d.with, d.without, d.without} {
		var total, ran experiment.Calls
		for total.CPU < warm {
			if err := (slice{of, &ran}).run(100, now); err != nil {
				return 0, fmt.Errorf("%s: %w", d.name, err)
			}
			total.N, total.CPU = total.N+ran.N, total.CPU+ran.CPU
		}
		calls = max(1, int(uint64(length)*total.N/uint64(total.CPU)))
	}
	return calls, nil
}
