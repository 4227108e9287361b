// Package measure reads the raw files of a run and says what each slice measured, or why it is invalid.
package measure

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"authlab/loadtest/load"
	"authlab/loadtest/plan"
)

// Run is a run as it lies in its folder.
type Run struct {
	ID           string // the folder's name
	Plan         *plan.Plan
	Environment  Environment
	Measurements []Measurement // in the order in which they were measured
	Runtimes     []load.Runtime
	Probes       []load.Probe
	Delays       []load.Delay
	Footprints   []load.Footprint
	Logins       []load.Logins
	Predictions  []byte // predictions.json, if it is what was frozen before the held-out size was measured
	Events       []Event
	// Damage says what is wrong with the files themselves, a sentence each: a line cut short, a checksum that does not match.
	Damage []string
	// Digest is the checksum of the list of checksums: whoever quotes it can be held to every file of the run. Empty where the run
	// was killed.
	Digest string
}

// Environment is env.json: where and how a run was made. Absolute figures mean nothing without it.
type Environment struct {
	Started  time.Time `json:"started"`
	Command  []string  `json:"command"`
	Plan     string    `json:"plan"`
	Nonce    string    `json:"nonce"`
	Commit   string    `json:"commit"`
	Dirty    bool      `json:"dirty"` // the source differed from the commit
	CPU      string    `json:"cpu"`
	Cores    int       `json:"cores"` // that the lab could use
	Kernel   string    `json:"kernel"`
	OS       string    `json:"os"`
	Go       string    `json:"go"`
	Governor string    `json:"governor"`
	Load     string    `json:"load"`               // /proc/loadavg before the start
	Platform string    `json:"platform,omitempty"` // where the servers ran: processes, compose or target; runs older than the choice were processes
	Note     string    `json:"note,omitempty"`     // what the platform means for the figures, a paragraph; most mean nothing
	Budgets  string    `json:"budgets"`            // cgroup v1, cgroup v2, limits of containers, or none
	Why      string    `json:"why,omitempty"`
	Parts    []Part    `json:"parts"`
	Selftest *Selftest `json:"selftest,omitempty"` // the short form, done before the run
	Target   *Target   `json:"target,omitempty"`   // of a run on servers that the lab did not start
}

// Part is a program that the lab did not write, or what stands in for it.
type Part struct {
	Role     string `json:"role"`
	Name     string `json:"name"`
	Version  string `json:"version"`
	Embedded bool   `json:"embedded"`
}

// EventKind is what an Event tells.
type EventKind string

// The kinds of events.
const (
	Started     EventKind = "started"     // a cluster stands: its arm and nonce
	Predicted   EventKind = "predicted"   // predictions.json was frozen: its checksum, and when
	Skipped     EventKind = "skipped"     // not measured, because something it needs is not there
	DoesNotFit  EventKind = "doesnotfit"  // not measured, because the machine is too small
	Interrupted EventKind = "interrupted" // somebody ended the run
	Failed      EventKind = "failed"      // something went wrong and ended the run
	Finished    EventKind = "finished"    // the run came to its end
)

// Event is a line of events.jsonl: something about a run that no slice shows.
type Event struct {
	Kind     EventKind `json:"kind"`
	Arm      string    `json:"arm,omitempty"`
	Nonce    string    `json:"nonce,omitempty"`  // of a started cluster
	SHA256   string    `json:"sha256,omitempty"` // of the file that was frozen
	At       time.Time `json:"at,omitzero"`      // when it was
	Sentence string    `json:"sentence"`
	Provide  string    `json:"provide,omitempty"` // what would make it possible
	Slices   int       `json:"slices,omitempty"`  // how many were left out, where some of a target's were
}

// WriteEnvironment writes env.json into a run's folder.
func WriteEnvironment(dir string, e Environment) error {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "env.json"), append(PlainJSON(text), '\n'), 0o644)
}

// AppendEvent adds a line to events.jsonl in a run's folder.
func AppendEvent(dir string, e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, "events.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(PlainJSON(line), '\n'))
	return errors.Join(err, f.Close())
}

// Read reads a run's folder. What ended early, or was damaged, still reads: what cannot be read is left out, and Damage says
// so. Its error is a folder without a plan, or one that cannot be opened.
func Read(dir string) (*Run, error) {
	r := &Run{ID: filepath.Base(filepath.Clean(dir))}
	text, err := os.ReadFile(filepath.Join(dir, "plan.yaml"))
	if err != nil {
		return nil, fmt.Errorf("%s is not the folder of a run: %w", dir, err)
	}
	if r.Plan, err = plan.Parse(filepath.Join(dir, "plan.yaml"), text); err != nil {
		return nil, err
	}
	r.environment(filepath.Join(dir, "env.json"))
	raw := filepath.Join(dir, "raw")
	var nonces []string // of the measurements
	var windows []time.Duration
	err = errors.Join(
		lines(r, filepath.Join(dir, "events.jsonl"), func(e Event) { r.Events = append(r.Events, e) }),
		lines(r, filepath.Join(raw, "slices.jsonl"), func(row load.Row) {
			r.Measurements, nonces = append(r.Measurements, Measure(row)), append(nonces, row.Nonce)
			windows = append(windows, row.Window)
		}),
		lines(r, filepath.Join(raw, "runtime.jsonl"), func(u load.Runtime) { r.Runtimes = append(r.Runtimes, u) }),
		lines(r, filepath.Join(raw, "probes.jsonl"), func(p load.Probe) { r.Probes = append(r.Probes, p) }),
		lines(r, filepath.Join(raw, "delays.jsonl"), func(d load.Delay) { r.Delays = append(r.Delays, d) }),
		lines(r, filepath.Join(raw, "memory.jsonl"), func(f load.Footprint) { r.Footprints = append(r.Footprints, f) }),
		lines(r, filepath.Join(raw, "logins.jsonl"), func(l load.Logins) { r.Logins = append(r.Logins, l) }),
		r.checksums(dir),
	)
	if err != nil {
		return nil, fmt.Errorf("the results of %s cannot be read: %w", dir, err)
	}
	r.once()
	r.inOrder()
	r.asPlanned(windows)
	r.complete()
	r.whole()
	r.origins(nonces)
	r.starts(nonces)
	r.probed(nonces)
	r.predictions(dir)
	return r, nil
}

// origins compares the arm that each slice says it belongs to with the arm whose cluster answered it: two files written at
// different times that must agree.
func (r *Run) origins(nonces []string) {
	arms := map[string]string{}
	for _, e := range r.Events {
		if e.Kind == Started {
			arms[e.Nonce] = e.Arm
		}
	}
	if len(arms) == 0 {
		return // an empty file, or one of slices that were made without clusters
	}
	for i := range r.Measurements {
		m := &r.Measurements[i]
		switch arm := arms[nonces[i]]; arm {
		case m.Arm:
		case "":
			m.add(TreatmentMissing, "it is labelled %s, but no cluster of this run answered it", m.Arm)
		default:
			m.add(TreatmentMissing, "it is labelled %s, but the cluster of %s answered it", m.Arm, arm)
		}
	}
}

// predictions reads what was predicted of the size that was held out, if it was predicted before that was measured and not
// changed since.
func (r *Run) predictions(dir string) {
	text, err := os.ReadFile(filepath.Join(dir, "predictions.json"))
	if err != nil {
		return // none were made
	}
	i := slices.IndexFunc(r.Events, func(e Event) bool { return e.Kind == Predicted })
	switch {
	case i < 0 || r.Events[i].SHA256 != fmt.Sprintf("%x", sha256.Sum256(text)):
		r.Damage = append(r.Damage, "predictions.json is not what was frozen: its checksum does not match, and it is not used")
		return
	case r.Plan.Scaling == nil:
		return
	}
	for _, m := range r.Measurements {
		if m.Kind == plan.ScalingCell && m.Replicas == r.Plan.Scaling.HeldOut && m.Start.Before(r.Events[i].At) {
			r.Damage = append(r.Damage, "the size that was to be held out was measured before it was predicted, so the predictions are not used")
			return
		}
	}
	r.Predictions = text
}

// probed looks for clusters that took a login which had been ended. All that they answered before is in doubt.
func (r *Run) probed(nonces []string) {
	bad := map[string]string{}
	for _, p := range r.Probes {
		if sentence := Unauthentic(p); sentence != "" {
			bad[p.Nonce] = sentence
		}
	}
	for i := range r.Measurements {
		if sentence := bad[nonces[i]]; sentence != "" && nonces[i] != "" {
			r.Measurements[i].add(TreatmentMissing, "%s", sentence)
		}
	}
}

// Unauthentic says what speaks against servers after a probe; "" if they refused what they had to.
func Unauthentic(p load.Probe) (sentence string) {
	if p.Failed != "" {
		sentence = "whether it authenticates could not be seen afterwards: " + p.Failed
	}
	for _, t := range p.Trials {
		switch {
		case t.Forged && t.After == http.StatusOK:
			sentence = fmt.Sprintf("replica %d took a login whose proof had been tampered with: it answers without "+
				"authenticating", t.Replica)
		case t.Before != http.StatusOK:
			sentence = fmt.Sprintf("replica %d refused a fresh login afterwards (status %d)", t.Replica, t.Before)
		case t.After == http.StatusOK:
			sentence = fmt.Sprintf("replica %d still took a login that had been ended: "+
				"it answers without authenticating", t.Replica)
		case t.After != http.StatusUnauthorized:
			sentence = fmt.Sprintf("replica %d answered %d, not 401, to a login that had been ended", t.Replica,
				t.After)
		}
	}
	return sentence
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
func lines[T any](r *Run, path string, each func(T)) error {
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
			each(v)
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
