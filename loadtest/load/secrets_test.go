package load

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"authlab/loadtest/record"
)

func TestNothingSecretReachesTheDisk(t *testing.T) {
	dir := t.TempDir()
	f, err := record.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := f.Requests("token-hs256-500")
	if err != nil {
		t.Fatal(err)
	}
	to := target(t, serve(t, nil), 10)
	o := OpenOptions{Rate: 500, Seed: 1, Window: 50 * time.Millisecond, Requests: requests}
	open, err := Open(t.Context(), cell, to, o)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := Closed(t.Context(), cell, to, ClosedOptions{Connections: 2, Window: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []record.Slice{open, closed} {
		if err := f.Slice(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(dir + "/raw/*")
	if files = append(files, filepath.Join(dir, record.Sums)); len(files) != 5 {
		t.Errorf("the raw files are %v", files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || bytes.Contains(text, []byte("secret-of")) || bytes.Contains(text, []byte("user-")) {
			t.Errorf("%s holds a credential or a user's name (%v)", file, err)
		}
	}
}
