package run

import (
	"context"
	"fmt"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// leaveOut removes the schemes that cannot run here from the plan. It records the reason and the command that would
// help for each. The error says that no scheme is left, or that the results cannot be written.
func (r *Run) leaveOut(ctx context.Context) error {
	var last record.Event
	possible := func(names []string) (can []string, err error) {
		for _, name := range names {
			scheme, err := plan.SchemeNamed(name)
			if err != nil {
				return nil, err
			}
			lack, provide := r.lab.Lacks(ctx, scheme)
			if lack == "" {
				can = append(can, name)
				continue
			}
			last = record.Event{
				Kind: record.Skipped, About: name,
				Said: message.New("event.left-out", "scheme", name, "why", lack), Help: message.Text(provide),
			}
			if err := r.folder.Event(last); err != nil {
				return nil, err
			}
		}
		return can, nil
	}
	shorter := *r.plan
	var err error
	if shorter.Schemes, err = possible(r.plan.Schemes); err != nil {
		return err
	}
	if r.plan.Demand != nil {
		demand := *r.plan.Demand
		if demand.Also, err = possible(demand.Also); err != nil {
			return err
		}
		shorter.Demand = &demand
	}
	if r.plan.Latency != nil {
		latency := *r.plan.Latency
		if latency.Also, err = possible(latency.Also); err != nil {
			return err
		}
		shorter.Latency = &latency
	}
	switch {
	case last.Said.IsZero():
		return nil
	case len(shorter.Schemes) == 0:
		return fmt.Errorf("no scheme of the plan can run here: %s; what would help: %s", last.Text(), last.Hint())
	}
	r.plan = &shorter
	return r.folder.Plan(r.plan)
}
