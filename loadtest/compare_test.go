package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copied returns a copy of the reference run.
func copied(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "reference")
	if err := os.CopyFS(folder, os.DirFS(reference)); err != nil {
		t.Fatal(err)
	}
	return folder
}

// rereads skips a test that reads whole runs several times with -short: each takes half a second of CPU time.
func rereads(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("several readings of a whole run are skipped with -short")
	}
}

func TestCompareCommand(t *testing.T) {
	other := copied(t)
	spoiled := copied(t)
	slices := filepath.Join(spoiled, "raw", "slices.jsonl")
	text, err := os.ReadFile(slices)
	if err == nil {
		err = os.WriteFile(slices, bytes.Replace(text, []byte(`"sent":`), []byte(`"sent":1`), 1), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		out  []string
		err  string
	}{
		{
			"a run with itself: what was measured under load, and what the model says of it",
			[]string{reference, other},
			0,
			[]string{
				"0 of ", "p99 of a slice at 1000/s ÷ control",
				"N*, replicas from which on the store is the bottleneck  session-redis",
			},
			"",
		},
		{
			"a run that was edited",
			[]string{reference, spoiled},
			askedWrong, nil,
			"reference cannot be compared: raw/slices.jsonl is not what was measured",
		},
		{"one run", []string{reference}, askedWrong, nil, "name two runs"},
		{"no run", []string{reference, t.TempDir()}, wentWrong, nil, "is not the folder of a run"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := authlab(t.Context(), append([]string{"compare"}, test.args...), &out, &errs); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			for _, want := range test.out {
				if !strings.Contains(out.String(), want) {
					t.Errorf("it says %q, without %q", out.String(), want)
				}
			}
			if !strings.Contains(errs.String(), test.err) || strings.Count(errs.String(), "\n") > 1 {
				t.Errorf("its error is %q, want %q", errs.String(), test.err)
			}
		})
	}
}

// TestComparePage: --html writes a page with the comparison in it, and says where it cannot.
func TestComparePage(t *testing.T) {
	rereads(t)
	page := filepath.Join(t.TempDir(), "page.html")
	compared := func(html string) (code int, errs string) {
		var out, failed bytes.Buffer
		code = authlab(t.Context(), []string{"compare", "--html", html, reference, reference}, &out, &failed)
		return code, failed.String()
	}
	if code, errs := compared(page); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), `<section id="compared">`) {
		t.Errorf("the page has no comparison: %v", err)
	}
	if code, errs := compared(filepath.Join(page, "page.html")); code != wentWrong ||
		!strings.Contains(errs, "cannot write the page") {
		t.Errorf("exit code %d, %q", code, errs)
	}
}

// TestAReportIsRebuiltToTheByte compares the reports of two copies of one run.
func TestAReportIsRebuiltToTheByte(t *testing.T) {
	rereads(t)
	first, second := copied(t), copied(t)
	for _, folder := range []string{first, second} {
		var out, errs bytes.Buffer
		if code := authlab(t.Context(), []string{"report", folder}, &out, &errs); code != 0 {
			t.Fatalf("exit code %d: %s", code, &errs)
		}
	}
	for _, name := range []string{"report.html", "report.md", "report.json", "figures.csv", "measurements.csv"} {
		one, err := os.ReadFile(filepath.Join(first, name))
		if err != nil {
			t.Fatal(err)
		}
		if two, err := os.ReadFile(filepath.Join(second, name)); err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s differs from itself: %v", name, err)
		}
	}
}
