package incident

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// Where the load takes all of a machine's CPU, requests are sent late, and no fault shows anything. So the load is
// tried before the first incident, higher than the plan wants it, because faults and logins take CPU too. Where it is
// late, it is lowered, and the phases before and after a fault last longer, so that as many requests are sent in them.
const (
	headroom  = 1.4
	inTime    = most / 4
	lowering  = 0.75
	lowest    = 50.0 // requests/s
	rehearsal = 1500 * time.Millisecond
)

// rehearse finds the load that this machine can send in time to all schemes at once. Below the lowest it gives up, and
// the incidents say what they say.
func (h *house) rehearse(ctx context.Context) error {
	for _, s := range h.schemes() {
		t := h.standing[s.Name]
		if err := t.SignIn(ctx, h.part.Users); err != nil {
			return err
		}
		t.used += h.part.Users
	}
	for {
		h.bench.Doing(message.New("incident.rehearsing", "rate", h.part.Rate))
		late, err := h.loaded(ctx)
		if err == nil && late > inTime { // a pause of the machine by chance is not there twice
			late, err = h.loaded(ctx)
		}
		if err != nil || late <= inTime {
			return err
		}
		lower := h.part.lower()
		if lower.Rate < lowest || lower.Before > time.Minute || lower.After > time.Minute {
			return nil
		}
		h.bench.Doing(message.New("incident.lowering", "late", page.Duration(late), "rate", lower.Rate,
			"longer", page.Duration(h.part.longer(lower))))
		h.part = lower
	}
}

// lower is the part with a lower rate, and phases in which it sends as many requests.
func (d *Part) lower() *Part {
	lower := *d
	lower.Rate = math.Floor(lowering * d.Rate)
	stretch := func(t time.Duration) time.Duration { return time.Duration(float64(t) * d.Rate / lower.Rate) }
	lower.Before, lower.After = stretch(d.Before), stretch(d.After)
	return &lower
}

// longer is how much longer all repetitions take with the lower rate.
func (d *Part) longer(lower *Part) time.Duration {
	each := lower.Before + lower.After - d.Before - d.After
	return time.Duration(d.Times*len(d.Incidents())) * each
}

// loaded is how late 99 of 100 requests were sent at most, with all schemes under the load and no fault. One that was
// not sent for lack of a connection is as late as a client is patient.
func (h *house) loaded(ctx context.Context) (late time.Duration, err error) {
	end := make(chan struct{})
	all, errs := make([]time.Duration, len(h.standing)), make([]error, len(h.standing))
	var running sync.WaitGroup
	for k, s := range h.schemes() {
		on := h.standing[s.Name]
		running.Go(func() {
			var lates []time.Duration
			_, errs[k] = on.Stream(ctx, experiment.Stream{
				Rate: headroom * h.part.Rate, Seed: 1, Longest: rehearsal + patient, Patient: patient, Until: end,
				Who: func(seq int) int { return seq % h.part.Users },
				Each: func(a experiment.Answer) {
					if a.Verdict == unsent {
						a.Sent += patient
					}
					lates = append(lates, a.Sent-a.Due)
				},
			})
			all[k] = highest(lates)
		})
	}
	err = sleep(ctx, rehearsal)
	close(end)
	running.Wait()
	return slices.Max(all), cmp.Or(err, errors.Join(errs...))
}
