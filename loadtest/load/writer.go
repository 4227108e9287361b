package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Writer keeps a run's raw files in the folder raw: slices.jsonl, runtime.jsonl, probes.jsonl, delays.jsonl, memory.jsonl, logins.jsonl, a file of requests for each cell
// in open loop, and their checksums. Every row is in the file when Append returns, so that what ends a run takes nothing that
// was measured.
type Writer struct {
	dir      string
	rows     *os.File
	runtime  *os.File
	probes   *os.File
	delays   *os.File
	memory   *os.File
	logins   *os.File
	requests map[string]*os.File
}

// NewWriter creates run's folder raw.
func NewWriter(run string) (*Writer, error) {
	dir := filepath.Join(run, "raw")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, requests: map[string]*os.File{}}
	for name, f := range map[string]**os.File{"slices": &w.rows, "runtime": &w.runtime, "probes": &w.probes, "delays": &w.delays, "memory": &w.memory, "logins": &w.logins} {
		var err error
		if *f, err = os.Create(filepath.Join(dir, name+".jsonl")); err != nil {
			return nil, err // the command ends with it, and the files with the command
		}
	}
	return w, nil
}

// Append writes a row. The error, such as a full disk, names the file.
func (w *Writer) Append(row Row) error { return w.line(w.rows, row) }

// AppendRuntime writes what a replica's runtime did.
func (w *Writer) AppendRuntime(r Runtime) error { return w.line(w.runtime, r) }

// AppendProbe writes what became of the login that a cluster was probed with.
func (w *Writer) AppendProbe(p Probe) error { return w.line(w.probes, p) }

// AppendDelay writes how soon one replica refused a login that had been ended.
func (w *Writer) AppendDelay(d Delay) error { return w.line(w.delays, d) }

// AppendFootprint writes what a row held for so many logins.
func (w *Writer) AppendFootprint(f Footprint) error { return w.line(w.memory, f) }

// AppendLogins writes what logins cost, and did.
func (w *Writer) AppendLogins(l Logins) error { return w.line(w.logins, l) }

func (w *Writer) line(to *os.File, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = to.Write(append(line, '\n'))
	return w.explain(err)
}

// Requests is the file for the requests of one cell in open loop, such as token-hs256-1000.
func (w *Writer) Requests(cell string) (io.Writer, error) {
	if f, ok := w.requests[cell]; ok {
		return f, nil
	}
	f, err := os.Create(filepath.Join(w.dir, "requests-"+cell+".csv"))
	if err == nil {
		w.requests[cell] = f
		_, err = f.WriteString(RequestsHeader)
	}
	return f, w.explain(err)
}

// Close closes the files and writes the checksums of the run, of what others wrote into its folder too.
func (w *Writer) Close() error {
	errs := []error{w.rows.Close(), w.runtime.Close(), w.probes.Close(), w.delays.Close(), w.memory.Close(), w.logins.Close()}
	for _, f := range w.requests {
		errs = append(errs, f.Close())
	}
	if errors.Is(errs[0], os.ErrClosed) {
		return nil // closed before
	}
	return w.explain(errors.Join(append(errs, writeSums(filepath.Dir(w.dir)))...))
}

func (w *Writer) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write the raw results: %w; what was written until now is kept", err)
}
