package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// folder is where a run's files go.
type folder struct {
	path    string
	writer  *load.Writer
	skipped []string // why the plan is not measured whole
}

// newFolder makes the folder of a run that begins now. Its name ends at random: generators that begin together have one each.
func newFolder(results string, p *plan.Plan) (*folder, error) {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(p.Name))
	var drawn [2]byte
	rand.Read(drawn[:])
	path := filepath.Join(results, "runs", fmt.Sprintf("%s-%s-%x", time.Now().UTC().Format("20060102-150405"), name, drawn))
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.Mkdir(path, 0o755) // never somebody else's
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write results: %w; name a folder that you may write to with --results", err)
	}
	w, err := load.NewWriter(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write results: %w", err), os.RemoveAll(path))
	}
	f := &folder{path: path, writer: w}
	if err := f.plan(p); err != nil {
		f.remove()
		return nil, err
	}
	return f, nil
}

// plan keeps the plan as it is run.
func (f *folder) plan(p *plan.Plan) error {
	if err := os.WriteFile(filepath.Join(f.path, "plan.yaml"), p.Text(), 0o644); err != nil {
		return fmt.Errorf("cannot write results: %w", err)
	}
	return nil
}

func (f *folder) event(e measure.Event) error {
	if e.Kind == measure.Skipped || e.Kind == measure.DoesNotFit {
		f.skipped = append(f.skipped, e.Sentence)
	}
	return measure.AppendEvent(f.path, e)
}

func (f *folder) close() error { return f.writer.Close() }

// remove takes away a folder in which nothing was measured.
func (f *folder) remove() {
	f.writer.Close()
	os.RemoveAll(f.path)
}
