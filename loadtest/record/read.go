package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// Run is the content of a run's folder.
type Run struct {
	ID          string // the folder's name
	Plan        *plan.Plan
	Environment Environment
	Slices      []Slice // in the order in which they were measured
	Runtimes    []Runtime
	Probes      []Probe
	Kinds       map[string][]byte // the files of the kinds of experiment, by kind: for Lines
	Frozen      []byte            // predictions.json, unchecked; nil where there is none
	Events      []Event
	// Damage says what is wrong with the files themselves, a sentence each: a line cut short, a checksum that does not
	// match.
	Damage []message.Message
	// Digest is the checksum of the list of checksums: a published Digest vouches for every file of the run. Empty where
	// the run was killed.
	Digest string
}

// Read reads a run's folder. It also reads a run that ended early or was damaged: it leaves out what it cannot read,
// and says so in Damage. The plan may have parts of kinds. Read fails if the folder has no plan or a file cannot be
// opened.
func Read(dir string, kinds ...func() plan.Part) (*Run, error) {
	r := &Run{ID: filepath.Base(filepath.Clean(dir))}
	text, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return nil, fmt.Errorf("%s is not the folder of a run: %w", dir, err)
	}
	if r.Plan, err = plan.Parse(filepath.Join(dir, planFile), text, kinds...); err != nil {
		return nil, err
	}
	r.environment(filepath.Join(dir, environmentFile))
	err = errors.Join(
		lines(r, filepath.Join(dir, eventsFile), &r.Events),
		lines(r, filepath.Join(dir, slicesFile), &r.Slices),
		lines(r, filepath.Join(dir, runtimesFile), &r.Runtimes),
		lines(r, filepath.Join(dir, probesFile), &r.Probes),
		r.kinds(dir),
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

// Finished reports whether the run is complete.
func (r *Run) Finished() bool {
	return slices.ContainsFunc(r.Events, func(e Event) bool { return e.Kind == Finished })
}

// environment reads env.json. Without it the figures are still valid, but the machine is unknown.
func (r *Run) environment(path string) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &r.Environment)
	}
	if err != nil {
		r.Environment = Environment{}
		r.Damage = append(r.Damage, message.New("damage.no-environment"))
	}
}

// kinds reads the files of the kinds of experiment in the plan.
func (r *Run) kinds(dir string) error {
	r.Kinds = map[string][]byte{}
	for _, part := range r.Plan.Parts {
		text, err := os.ReadFile(filepath.Join(dir, RawFile(part.Key())))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		r.Kinds[part.Key()] = text
	}
	return nil
}

// Add adds a line to a kind's file of a run that has no folder.
func (r *Run) Add(kind string, line any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err) // a line is made of numbers and words
	}
	if r.Kinds == nil {
		r.Kinds = map[string][]byte{}
	}
	r.Kinds[kind] = append(append(r.Kinds[kind], text...), '\n')
}

// Lines are the lines of a kind's file. Those that cannot be read are left out, and counted in damage.
func Lines[T any](r *Run, kind string) (lines []T, damage []message.Message) {
	return decode[T](r.Kinds[kind], filepath.Base(RawFile(kind)))
}

// lines reads a file of JSON lines, if it exists.
func lines[T any](r *Run, path string, into *[]T) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	found, damage := decode[T](text, filepath.Base(path))
	*into, r.Damage = append(*into, found...), append(r.Damage, damage...)
	return nil
}

// decode reads JSON lines. Those that cannot be read are left out, and counted in damage.
func decode[T any](text []byte, name string) (all []T, damage []message.Message) {
	broken, first := 0, 0
	for n := 1; len(text) > 0; n++ {
		line, rest, complete := bytes.Cut(text, []byte("\n"))
		var v T
		switch err := json.Unmarshal(line, &v); {
		case err == nil:
			all = append(all, v)
		case complete:
			if broken++; broken == 1 {
				first = n
			}
		default:
			damage = append(damage, message.New("damage.cut-short", "file", name))
		}
		text = rest
	}
	switch {
	case broken == 1:
		damage = append(damage, message.New("damage.line", "line", first, "file", name))
	case broken > 1:
		damage = append(damage, message.New("damage.lines", "lines", broken, "file", name, "line", first))
	}
	return all, damage
}
