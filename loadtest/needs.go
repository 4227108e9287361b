package main

import (
	"fmt"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// leaveOut takes the rows out of the plan that cannot run here, each with the reason and the command that would help. The
// error says that no row is left, or that the results cannot be written.
func (r *run) leaveOut() error {
	var can []string
	var last measure.Event
	for _, name := range r.plan.Schemes {
		scheme, err := plan.SchemeNamed(name)
		if err != nil {
			return err
		}
		lack, provide := r.lab.Lacks(scheme)
		if lack == "" {
			can = append(can, name)
			continue
		}
		last = measure.Event{Kind: measure.Skipped, Arm: name, Sentence: fmt.Sprintf("%s was left out: %s", name, lack), Provide: provide}
		if err := r.folder.event(last); err != nil {
			return err
		}
	}
	switch len(can) {
	case len(r.plan.Schemes):
		return nil
	case 0:
		return fmt.Errorf("no row of the plan can run here: %s; what would help: %s", last.Sentence, last.Provide)
	}
	shorter := *r.plan
	shorter.Schemes = can
	r.plan = &shorter
	return r.folder.plan(r.plan)
}
