package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/record"
)

// TestLie13FilesAreNotWhatWasMeasured: improved figures would be printed as if they had been measured.
func TestLie13FilesAreNotWhatWasMeasured(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		edit func(text []byte) []byte
		says []string
	}{
		"not touched": {"raw/slices.jsonl", func(text []byte) []byte { return text }, nil},
		"a slice answered more": {"raw/slices.jsonl", func(text []byte) []byte {
			return regexp.MustCompile(`"served":(\d)`).ReplaceAll(text, []byte(`"served":9$1`))
		}, []string{`raw/slices\.jsonl is not what was measured: its checksum does not match`}},
		"a bad slice is left out": {"raw/slices.jsonl", func(text []byte) []byte {
			return text[bytes.IndexByte(text, '\n')+1:]
		}, []string{`raw/slices\.jsonl is not what was measured: its checksum does not match`}},
		"cut short": {"raw/slices.jsonl", func(text []byte) []byte { return text[:len(text)*2/3] }, []string{
			`raw/slices\.jsonl is not what was measured: its checksum does not match`,
			`the last line of slices\.jsonl was cut short and is left out`,
		}},
		"the garbage collector was idle": {"raw/runtime.jsonl", func(text []byte) []byte {
			return regexp.MustCompile(`"gc_cpu_ns":\d+`).ReplaceAll(text, []byte(`"gc_cpu_ns":0`))
		}, []string{`raw/runtime\.jsonl is not what was measured: its checksum does not match`}},
		"another machine": {"env.json", func(text []byte) []byte {
			return regexp.MustCompile(`"cpu": "[^"]*"`).ReplaceAll(text, []byte(`"cpu": "a faster one"`))
		}, []string{`env\.json is not what was measured: its checksum does not match`}},
		"another question": {"plan.yaml", func(text []byte) []byte {
			return regexp.MustCompile(`resolution: .*`).ReplaceAll(text, []byte(`resolution: 0.9`))
		}, []string{`plan\.yaml is not what was measured: its checksum does not match`}},
		"it took no time": {"events.jsonl", func(text []byte) []byte {
			return bytes.Replace(text, []byte("after 1m0s"), []byte("after 1s"), 1)
		}, []string{`events\.jsonl is not what was measured: its checksum does not match`}},
		"a checksum is left out too": {"SHA256SUMS", func(text []byte) []byte {
			return regexp.MustCompile(`(?m)^.*raw/slices\.jsonl\n`).ReplaceAll(text, nil)
		}, []string{`raw/slices\.jsonl is not in SHA256SUMS: it is not known whether it is what was measured`}},
		"no checksums": {"SHA256SUMS", nil, []string{`the run was killed before it could note the checksums of its files`}},
	} {
		t.Run(name, func(t *testing.T) {
			run := kept(t)
			path := filepath.Join(run, test.file)
			text, err := os.ReadFile(path)
			if err == nil && test.edit == nil {
				err = os.Remove(path)
			} else if err == nil {
				err = os.WriteFile(path, test.edit(text), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if code := authlab(context.Background(), []string{"report", run}, &out, &out); code != 0 {
				t.Fatalf("authlab report: exit code %d\n%s", code, &out)
			}
			report := string(read(t, run, "report.md"))
			says(t, report, test.says...)
			says(t, out.String(), test.says...) // also on the terminal
			if test.says == nil {
				silent(t, report, `checksum`, `cut short`)
			}
		})
	}
}

// kept stores a synthetic run on disk.
func kept(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	f, err := record.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	l := measuretest.Lab{Plan: saturating, Change: func(r *record.Slice) {
		if err := f.Slice(*r); err != nil {
			t.Fatal(err)
		}
	}}
	run := l.Run()
	for _, r := range run.Runtimes {
		if err := f.Runtime(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range run.Events {
		if err := f.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		f.Environment(run.Environment), f.Plan(run.Plan), f.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
