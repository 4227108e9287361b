package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/selftest"
)

// Program returns the name of this program's file: the lab also starts it as the null server, beside the servers.
func Program() string {
	path, err := os.Executable()
	if err != nil {
		return "authlab"
	}
	return filepath.Base(path)
}

// selftest runs the short form of the self-test before a run, for its plan.
func (r *Run) selftest(ctx context.Context) (*record.Selftest, error) {
	test := selftest.Test{
		Form: selftest.Short, Plan: r.plan, Lab: r.lab, CPUs: r.cpus, Program: Program(),
		Begin: func(plan.Stage) {}, Doing: func(string) {},
	}
	measured, err := test.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("selftest: %w", err)
	}
	r.progress.Say(measured.Verdict[0]) // how quiet the machine is
	return &measured, nil
}
