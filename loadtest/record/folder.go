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

// The files of a run below its folder. Every run that came to its end has them, interrupted or not, but for predictions.
const (
	planFile        = "plan.yaml"
	environmentFile = "env.json"
	eventsFile      = "events.jsonl"
	predictionsFile = "predictions.json"
	slicesFile      = "raw/slices.jsonl"
	runtimesFile    = "raw/runtime.jsonl"
	probesFile      = "raw/probes.jsonl"
)

// RawFile is the file of a kind of experiment, below a run's folder.
func RawFile(kind string) string { return "raw/" + kind + ".jsonl" }

// RequestsHeader names the columns of a file of requests. Times are nanoseconds since the slice began.
const RequestsHeader = "round,seq,due_ns,start_ns,latency_ns,code,verdict,replica,bytes_in\n"

// Folder is a run's folder while the run goes on. Its methods are called by one goroutine at a time.
type Folder struct {
	path    string
	open    map[string]*os.File // of raw, by name
	closed  bool
	skipped []string
}

// NewFolder makes the folder of a run of p that begins now. Its name ends at random: generators that begin together have
// one each. The error says to name another folder of results.
func NewFolder(results string, p *plan.Plan) (*Folder, error) {
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

// Create makes a folder at path, or takes the one that is there, and begins the files that every run has.
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

// Path is where the folder is.
func (f *Folder) Path() string { return f.path }

// Skipped says, a sentence each, what of the plan was not measured.
func (f *Folder) Skipped() []string { return f.skipped }

// Plan keeps the plan as it is run. A plan that got shorter replaces the one before.
func (f *Folder) Plan(p *plan.Plan) error { return f.whole(planFile, p.Text()) }

// Environment writes env.json.
func (f *Folder) Environment(e Environment) error {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return f.whole(environmentFile, append(PlainJSON(text), '\n'))
}

// Predictions writes predictions.json.
func (f *Folder) Predictions(text []byte) error { return f.whole(predictionsFile, text) }

func (f *Folder) whole(name string, text []byte) error {
	if err := os.WriteFile(filepath.Join(f.path, name), text, 0o644); err != nil {
		return fmt.Errorf("cannot write results: %w", err)
	}
	return nil
}

// Event adds a line to events.jsonl.
func (f *Folder) Event(e Event) error {
	if e.Kind == Skipped || e.Kind == DoesNotFit {
		f.skipped = append(f.skipped, e.Text())
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

// Slice adds a slice. The error, such as a full disk, names the file; that holds for all lines.
func (f *Folder) Slice(s Slice) error { return f.line(slicesFile, s) }

// Runtime adds what a replica's runtime did.
func (f *Folder) Runtime(r Runtime) error { return f.line(runtimesFile, r) }

// Probe adds what became of the login that a cluster was probed with.
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

// Requests is the file for the requests of one cell in open loop, such as token-hs256-1000.
func (f *Folder) Requests(cell string) (io.Writer, error) {
	name := requests + cell + ".csv"
	if file, ok := f.open[name]; ok {
		return file, nil
	}
	file, err := f.file(name)
	if err == nil {
		_, err = file.WriteString(RequestsHeader)
	}
	return file, explain(err)
}

// file is a file of the folder, made when it is first asked for.
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

// Close closes the files and writes the checksums of the run, of what others wrote into its folder too. A second call
// does nothing.
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

// Remove takes away a folder in which nothing was measured.
func (f *Folder) Remove() {
	f.Close()
	os.RemoveAll(f.path)
}

func explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write the raw results: %w; what was written until now is kept", err)
}
