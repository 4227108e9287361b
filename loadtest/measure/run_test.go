package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/record"
)

// written writes a complete run of two slices and returns its folder.
func written(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "20260101-000000-mine")
	f, err := record.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := "name: mine\nschemes: [session-redis]\ndemand: {slice: 50ms, rounds: 2, launches: 1, connections: 4}\n"
	write(t, dir, "plan.yaml", text)
	for _, err := range []error{
		f.Environment(record.Environment{CPU: "a CPU", Cores: 2}),
		f.Event(record.Event{Kind: record.Finished, Said: message.Text("done")}),
		f.Slice(demand()), f.Slice(demand()), f.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// unfinished begins the folder of a run without a plan, and does not end it, so it has no checksums.
func unfinished(t *testing.T, dir string, e record.Environment, events ...record.Event) {
	t.Helper()
	f, err := record.Create(dir)
	if err == nil {
		err = f.Environment(e)
	}
	for _, e := range events {
		err = errors.Join(err, f.Event(e))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeRows replaces raw/slices.jsonl.
func writeRows(t *testing.T, dir string, rows ...record.Slice) {
	t.Helper()
	var lines strings.Builder
	for _, row := range rows {
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%s\n", line)
	}
	write(t, dir, "raw/slices.jsonl", lines.String())
}

func text(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReadWhole(t *testing.T) {
	r, err := Read(written(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Damage) > 0 || len(r.Measurements) != 2 || r.Environment.Cores != 2 || r.ID != "20260101-000000-mine" ||
		len(r.Events) != 1 {
		t.Errorf("got %+v", r)
	}
}

// TestReadDamaged damages a run in typical ways. Each damaged run can still be read.
func TestReadDamaged(t *testing.T) {
	const broken = "raw/slices.jsonl is not what was measured: its checksum does not match"
	for _, test := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		slices int
		want   []string
	}{
		{"killed", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, record.Sums)) }, 2, []string{
			"the run was killed before it could note the checksums of its files",
		}},
		{"the last line cut short", func(t *testing.T, dir string) {
			s := text(t, dir, "raw/slices.jsonl")
			write(t, dir, "raw/slices.jsonl", s[:len(s)-20])
		}, 1, []string{"the last line of slices.jsonl was cut short and is left out", broken}},
		{"a line spoiled", func(t *testing.T, dir string) {
			write(t, dir, "raw/slices.jsonl", "x"+text(t, dir, "raw/slices.jsonl"))
		}, 1, []string{
			"line 1 of slices.jsonl cannot be read and is left out", broken,
		}},
		{"a figure changed", func(t *testing.T, dir string) {
			write(t, dir, "raw/slices.jsonl", strings.ReplaceAll(text(t, dir, "raw/slices.jsonl"), `"sent":1000`, `"sent":1001`))
		}, 2, []string{broken}},
		{
			"no raw file", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "raw", "slices.jsonl")) }, 0,
			[]string{broken},
		},
		{"no environment", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "env.json")) }, 2, []string{
			"env.json is missing or cut short: it is not known on which machine this was measured",
			"env.json is not what was measured: its checksum does not match",
		}},
		{
			"half an environment", func(t *testing.T, dir string) { write(t, dir, "env.json", text(t, dir, "env.json")[:90]) },
			2,
			[]string{
				"env.json is missing or cut short: it is not known on which machine this was measured",
				"env.json is not what was measured: its checksum does not match",
			},
		},
		{"an event cut short", func(t *testing.T, dir string) { write(t, dir, "events.jsonl", `{"kind":"fini`) }, 2, []string{
			"the last line of events.jsonl was cut short and is left out",
			"events.jsonl is not what was measured: its checksum does not match",
		}},
		{"another plan", func(t *testing.T, dir string) {
			write(t, dir, "plan.yaml", strings.Replace(text(t, dir, "plan.yaml"), "50ms", "20ms", 1))
		}, 2, []string{"plan.yaml is not what was measured: its checksum does not match"}},
		{"a line left out, and the checksum", func(t *testing.T, dir string) {
			write(t, dir, "raw/slices.jsonl",
				text(t, dir, "raw/slices.jsonl")[strings.Index(text(t, dir, "raw/slices.jsonl"), "\n")+1:])
			sums := text(t, dir, record.Sums)
			write(t, dir, record.Sums, sums[:strings.Index(sums, "raw/slices.jsonl")-66])
		}, 1, []string{"raw/slices.jsonl is not in SHA256SUMS: it is not known whether it is what was measured"}},
		{"a file without a checksum", func(t *testing.T, dir string) { write(t, dir, "raw/others.jsonl", "") }, 2, []string{
			"raw/others.jsonl is not in SHA256SUMS: it is not known whether it is what was measured",
		}},
		{
			"predictions made afterwards", func(t *testing.T, dir string) { write(t, dir, "predictions.json", "{}") }, 2,
			[]string{
				"predictions.json is not in SHA256SUMS: it is not known whether it is what was measured",
				"predictions.json is not what was frozen: its checksum does not match, and it is not used",
			},
		},
		{"a checksum of what lies elsewhere", func(t *testing.T, dir string) {
			write(t, dir, record.Sums, text(t, dir, record.Sums)+strings.Repeat("0", 64)+"  ../secret\n")
		}, 2, []string{"SHA256SUMS has a line that is not a checksum"}},
		{"a line of 80,000 characters among the checksums", func(t *testing.T, dir string) {
			write(t, dir, record.Sums, strings.Repeat("x", 80_000)+"\n"+text(t, dir, record.Sums))
		}, 2, []string{"SHA256SUMS has a line that is not a checksum"}},
		{"single requests left out", func(t *testing.T, dir string) {
			write(t, dir, record.Sums, text(t, dir, record.Sums)+strings.Repeat("0", 64)+"  raw/requests-control-1000.csv\n")
		}, 2, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := written(t)
			test.damage(t, dir)
			r, err := Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(message.Texts(r.Damage), test.want) {
				t.Errorf("damage is %q, want %q", r.Damage, test.want)
			}
			if len(r.Measurements) != test.slices {
				t.Errorf("%d slices, want %d", len(r.Measurements), test.slices)
			}
			if strings.Contains(test.name, "environment") && r.Environment.Cores != 0 {
				t.Errorf("half an environment is %+v", r.Environment)
			}
		})
	}
}

func TestReadNotARun(t *testing.T) {
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is not the folder of a run") {
		t.Errorf("got %v", err)
	}
}

func TestReadRuntimes(t *testing.T) {
	dir := written(t)
	want := record.Runtime{
		Scheme: "control", Restart: 1, GC: time.Millisecond, CPU: time.Second, Requests: 1000,
		LiveHeap: 8 << 20,
	}
	line, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "raw/runtime.jsonl", string(line)+"\n")
	r, err := Read(dir)
	if err != nil || len(r.Runtimes) != 1 || r.Runtimes[0] != want {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestReadSwappedLabels swaps the labels of two schemes in one slice each, as an error in the raw file would.
func TestReadSwappedLabels(t *testing.T) {
	dir := written(t)
	write(t, dir, "events.jsonl", text(t, dir, "events.jsonl")+`{"kind":"started","arm":"session-redis","nonce":"c0ffee00"}
{"kind":"started","arm":"token-hs256","nonce":"c0ffee01"}
`)
	var rows []record.Slice
	for round, nonce := range []string{"c0ffee00", "c0ffee01", "c0ffee02"} {
		row := demand()
		row.Nonce, row.Round = nonce, round
		rows = append(rows, row)
	}
	writeRows(t, dir, rows...)
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"",
		"it is labelled session-redis, but the cluster of token-hs256 answered it",
		"it is labelled session-redis, but no cluster of this run answered it",
	} {
		var got string
		for _, d := range r.Measurements[i].Doubts {
			got += d.Said.String()
		}
		if got != want {
			t.Errorf("slice %d: %q, want %q", i, got, want)
		}
	}
}

// TestReadProbes has a replica that answers from memory: it still accepts a login that was ended.
func TestReadProbes(t *testing.T) {
	const taken = "replica 1 still took a login that had been ended: it answers without authenticating"
	trial := `"trials":[{"replica":1,"before":%d,"after":%d}]`
	for probe, want := range map[string]string{
		fmt.Sprintf(trial, 200, 401):             "",
		fmt.Sprintf(trial, 200, 200):             taken,
		fmt.Sprintf(trial, 200, 503):             "replica 1 answered 503, not 401, to a login that had been ended",
		fmt.Sprintf(trial, 401, 401):             "replica 1 refused a fresh login afterwards (status 401)",
		`"failed":"the probe could not sign in"`: "it is unknown whether it authenticates: the probe could not sign in",
	} {
		dir := written(t)
		row := demand()
		row.Nonce = "c0ffee00"
		writeRows(t, dir, row)
		write(t, dir, "raw/probes.jsonl", `{"arm":"session-redis","nonce":"c0ffee00",`+probe+"}\n")
		r, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, d := range r.Measurements[0].Doubts {
			got += d.Said.String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", probe, got, want)
		}
	}
}
