package record

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"authlab/loadtest/plan"
)

// The files of a run, relative to its folder. Every run that ended has them, even if interrupted. Only the predictions
// may be absent.
const (
	planFile        = "plan.yaml"
	environmentFile = "env.json"
	eventsFile      = "events.jsonl"
	predictionsFile = "predictions.json"
	slicesFile      = "raw/slices.jsonl"
	runtimesFile    = "raw/runtime.jsonl"
	probesFile      = "raw/probes.jsonl"
)

// RawFile returns the file of a kind of experiment, relative to a run's folder.
func RawFile(kind string) string { return "raw/" + kind + ".jsonl" }

// RequestsHeader names the columns of a file of requests. Times are nanoseconds since the slice began.
const RequestsHeader = "round,seq,due_ns,start_ns,latency_ns,code,verdict,replica,bytes_in\n"

// Folder is a run's folder during the run. Only one goroutine at a time may call its methods.
type Folder struct {
	path    string
	open    map[string]*os.File // the open files, by name
	closed  bool
	skipped []string
}

// NewFolder creates the folder of a run of p that begins now. Its name ends in random digits, so that generators that
// start together have separate folders. The error asks for another folder of results.
func NewFolder(results string, p *plan.Plan) (*Folder, error) {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(p.Name))
	var drawn [2]byte
	rand.Read(drawn[:])
	id := fmt.Sprintf("%s-%s-%x", time.Now().UTC().Format("20060102-150405"), name, drawn)
	path := filepath.Join(results, "runs", id)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.Mkdir(path, 0o755) // never the folder of another run
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write results: %w; name a folder that you may write to with --results", err)
	}
	f, err := Create(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write results: %w", err), os.RemoveAll(path))
	}
	if err := f.Plan(p); err != nil {
		f.Remove()
		return nil, err
	}
	return f, nil
}

// Create creates a folder at path, or uses an existing one, and creates the files that every run has.
func Create(path string) (*Folder, error) {
	if err := os.MkdirAll(filepath.Join(path, "raw"), 0o755); err != nil {
		return nil, err
	}
	f := &Folder{path: path, open: map[string]*os.File{}}
	for _, name := range []string{slicesFile, runtimesFile, probesFile} {
		if _, err := f.file(name); err != nil {
			for _, file := range f.open {
				file.Close()
			}
			return nil, err
		}
	}
	return f, nil
}

// Path returns where the folder is.
func (f *Folder) Path() string { return f.path }

// Skipped says which parts of the plan were not measured, a sentence each.
func (f *Folder) Skipped() []string { return f.skipped }

// Plan records the plan as it is run. A shortened plan replaces the previous one.
func (f *Folder) Plan(p *plan.Plan) error { return f.write(planFile, p.Text()) }

// Environment writes env.json.
func (f *Folder) Environment(e Environment) error {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return f.write(environmentFile, append(PlainJSON(text), '\n'))
}

// Predictions writes predictions.json.
func (f *Folder) Predictions(text []byte) error { return f.write(predictionsFile, text) }

func (f *Folder) write(name string, text []byte) error {
	if err := os.WriteFile(filepath.Join(f.path, name), text, 0o644); err != nil {
		return fmt.Errorf("cannot write results: %w", err)
	}
	return nil
}

// Event adds a line to events.jsonl.
func (f *Folder) Event(e Event) error {
	if e.Kind == Skipped || e.Kind == DoesNotFit {
		f.skipped = append(f.skipped, e.Text().String())
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(f.path, eventsFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(append(PlainJSON(line), '\n'))
	return errors.Join(err, file.Close())
}

// Slice adds a slice. Its error, such as a full disk, names the file. The same holds for the other methods that add a
// line.
func (f *Folder) Slice(s Slice) error { return f.line(slicesFile, s) }

// Runtime adds the measurements of a replica's Go runtime.
func (f *Folder) Runtime(r Runtime) error { return f.line(runtimesFile, r) }

// Probe adds the result of probing a cluster with an ended login.
func (f *Folder) Probe(p Probe) error { return f.line(probesFile, p) }

// Line adds a line to the file of a kind of experiment.
func (f *Folder) Line(kind string, line any) error { return f.line(RawFile(kind), line) }

func (f *Folder) line(name string, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	file, err := f.file(name)
	if err == nil {
		_, err = file.Write(append(line, '\n'))
	}
	return explain(err)
}

// Requests returns the file for the requests of one open-loop cell, such as token-hs256-1000.
func (f *Folder) Requests(cell string) (io.Writer, error) {
	name := RequestsFile(cell)
	if file, ok := f.open[name]; ok {
		return file, nil
	}
	file, err := f.file(name)
	if err == nil {
		_, err = file.WriteString(RequestsHeader)
	}
	return file, explain(err)
}

// file returns a file of the folder, and creates it on first use.
func (f *Folder) file(name string) (*os.File, error) {
	if file, ok := f.open[name]; ok {
		return file, nil
	}
	if f.closed {
		return nil, os.ErrClosed
	}
	file, err := os.Create(filepath.Join(f.path, name))
	if err == nil {
		f.open[name] = file
	}
	return file, err
}

// Close closes the files and writes the checksums of the run. The checksums include files that other code wrote into
// the folder. A second call does nothing.
func (f *Folder) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	var errs []error
	for _, file := range f.open {
		errs = append(errs, file.Close())
	}
	return explain(errors.Join(append(errs, writeSums(f.path))...))
}

// Remove deletes a folder without measurements.
func (f *Folder) Remove() {
	f.Close()
	os.RemoveAll(f.path)
}

func explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write the raw results: %w; everything written before is kept", err)
}
