package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestARunComesBackInALog: the exported run is the measured run, byte for byte, and its report says the same.
func TestARunComesBackInALog(t *testing.T) {
	bin := programs(t)
	_, flags := deployment(t, bin, "control")
	said, code, results := onTarget(t, t.Context(), tinyTarget, append(flags, "--export")...)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	log := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(log, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	elsewhere := filepath.Join(t.TempDir(), "results")
	fetch := func() int {
		out.Reset()
		return authlab(t.Context(), []string{"import", "--results", elsewhere, log}, &out, &out)
	}
	if code := fetch(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out.String())
	}
	run := onlyRun(t, results)
	here := filepath.Join(elsewhere, "runs", filepath.Base(run))
	says(t, out.String(), "the report is "+here+"/report.html")
	files, err := filepath.Glob(filepath.Join(run, "*"))
	raw, err2 := filepath.Glob(filepath.Join(run, "raw", "*"))
	if err != nil || err2 != nil || len(files) < 6 || len(raw) == 0 {
		t.Fatal(files, raw, err, err2)
	}
	for _, file := range append(files, raw...) {
		relative := strings.TrimPrefix(file, run)
		if info, err := os.Stat(file); err == nil && !info.IsDir() &&
			!bytes.Equal(read(t, run, relative), read(t, here, relative)) {
			t.Errorf("%s is another", relative)
		}
	}
	if code := fetch(); code != askedWrong || !strings.Contains(out.String(), "the run exists already") {
		t.Errorf("again: exit code %d\n%s", code, out.String())
	}
}
