package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"authlab/loadtest/cluster/spawner"
	"authlab/loadtest/experiment"
)

// Hop implements experiment.Bench. The lab does not know the code of the servers: a program beside it does.
func (b bench) Hop(ctx context.Context, h experiment.Hops) ([]experiment.Hopped, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return hop(ctx, filepath.Join(filepath.Dir(own), experiment.HopProgram), b.cpus[:1], h)
}

// hop runs the program on the given cores and reads what it writes.
func hop(ctx context.Context, program string, cpus []int, h experiment.Hops) (all []experiment.Hopped, err error) {
	children, err := spawner.Open()
	if err != nil {
		return nil, err
	}
	defer children.Close()
	out, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	said, err := os.CreateTemp("", "authlab-priced-") // what it complains about must not block it
	if err != nil {
		to.Close()
		return nil, err
	}
	defer os.Remove(said.Name())
	defer said.Close()
	cmd, err := children.Start(spawner.Child{
		Path: program, CPUs: cpus, Stdout: to, Stderr: said, Args: []string{
			"--defences", strings.Join(h.Defences, ","), "--rounds", strconv.Itoa(h.Rounds), "--slice", h.Slice.String(),
			"--seed", strconv.FormatUint(h.Seed, 10),
		},
	})
	to.Close() // the child has it
	if err != nil {
		return nil, fmt.Errorf("cannot run %s: %w", program, err)
	}
	defer context.AfterFunc(ctx, func() { cmd.Process.Kill() })()
	all, damaged := hopped(out)
	if damaged != nil {
		cmd.Process.Kill() // it may wait for a reader
	}
	failed := cmd.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := errors.Join(damaged, failed); err != nil {
		text, _ := os.ReadFile(said.Name())
		return nil, fmt.Errorf("measuring in process: %w: %.500s", err, strings.TrimSpace(string(text)))
	}
	return all, nil
}

// hopped reads rounds until the end.
func hopped(from io.Reader) (all []experiment.Hopped, err error) {
	lines := json.NewDecoder(from)
	lines.DisallowUnknownFields()
	for {
		var round experiment.Hopped
		if err := lines.Decode(&round); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, round)
	}
}
