package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatCannotBeWrittenIsNoSuccess: if a disk is full at the other end of a pipe, the output must not look complete.
func TestWhatCannotBeWrittenIsNoSuccess(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	results := t.TempDir()
	run := filepath.Join(results, "runs", "20260101-000000-one")
	if err := os.CopyFS(run, os.DirFS(withRequests(t))); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"plan"},
		{"plan", "quick"},
		{"--help"},
		{"bench", "--help"},
		{"report", run},
		{"report", "--schema"},
		{"compare", run, run},
		{"serve", "--listen=127.0.0.1:0", "--results", results},
		{"help", "merge"},
		{},
	} {
		var said strings.Builder
		if code := authlab(context.Background(), args, full, &said); code != wentWrong ||
			strings.Count(said.String(), "\n") != 1 ||
			!strings.Contains(said.String(), "no space left on device") {
			t.Errorf("%q: code %d, it said %q", args, code, &said)
		}
	}
}
