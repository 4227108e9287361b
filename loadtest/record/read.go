package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"authlab/loadtest/plan"
)

// Run is a run as it lies in its folder.
type Run struct {
	ID          string // the folder's name
	Plan        *plan.Plan
	Environment Environment
	Slices      []Slice // in the order in which they were measured
	Runtimes    []Runtime
	Probes      []Probe
	Delays      []Delay
	Footprints  []Footprint
	Logins      []Logins
	Frozen      []byte // predictions.json, whoever wrote it; nil where there is none
	Events      []Event
	// Damage says what is wrong with the files themselves, a sentence each: a line cut short, a checksum that does not match.
	Damage []string
	// Digest is the checksum of the list of checksums: whoever quotes it can be held to every file of the run. Empty where the run
	// was killed.
	Digest string
}

// Read reads a run's folder. What ended early, or was damaged, still reads: what cannot be read is left out, and Damage says
// so. Its error is a folder without a plan, or one that cannot be opened.
func Read(dir string) (*Run, error) {
	r := &Run{ID: filepath.Base(filepath.Clean(dir))}
	text, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return nil, fmt.Errorf("%s is not the folder of a run: %w", dir, err)
	}
	if r.Plan, err = plan.Parse(filepath.Join(dir, planFile), text); err != nil {
		return nil, err
	}
	r.environment(filepath.Join(dir, environmentFile))
	err = errors.Join(
		lines(r, filepath.Join(dir, eventsFile), &r.Events),
		lines(r, filepath.Join(dir, slicesFile), &r.Slices),
		lines(r, filepath.Join(dir, runtimesFile), &r.Runtimes),
		lines(r, filepath.Join(dir, probesFile), &r.Probes),
		lines(r, filepath.Join(dir, delaysFile), &r.Delays),
		lines(r, filepath.Join(dir, memoryFile), &r.Footprints),
		lines(r, filepath.Join(dir, loginsFile), &r.Logins),
		r.checksums(dir),
	)
	if err != nil {
		return nil, fmt.Errorf("the results of %s cannot be read: %w", dir, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, predictionsFile)); err == nil {
		r.Frozen = text
	}
	return r, nil
}

// Finished reports whether the run came to its end.
func (r *Run) Finished() bool {
	return slices.ContainsFunc(r.Events, func(e Event) bool { return e.Kind == Finished })
}

// environment reads env.json. Without it the figures are still what was measured, but nobody knows where.
func (r *Run) environment(path string) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &r.Environment)
	}
	if err != nil {
		r.Environment = Environment{}
		r.Damage = append(r.Damage, "env.json is missing or cut short: nobody knows on which machine this was measured")
	}
}

// lines decodes a file of JSON lines, if it is there. Lines that cannot be read are left out, and counted in Damage.
func lines[T any](r *Run, path string, into *[]T) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	broken, first := 0, 0
	for n := 1; len(text) > 0; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		var v T
		switch err := json.Unmarshal(line, &v); {
		case err == nil:
			*into = append(*into, v)
		case whole:
			if broken++; broken == 1 {
				first = n
			}
		default:
			r.Damage = append(r.Damage, fmt.Sprintf("the last line of %s was cut short and is left out", filepath.Base(path)))
		}
		text = rest
	}
	switch {
	case broken == 1:
		r.Damage = append(r.Damage, fmt.Sprintf("line %d of %s cannot be read and is left out", first, filepath.Base(path)))
	case broken > 1:
		r.Damage = append(r.Damage, fmt.Sprintf("%d lines of %s cannot be read and are left out, the first of them line %d", broken, filepath.Base(path), first))
	}
	return nil
}
