package load

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestNothingSecretReachesTheDisk(t *testing.T) {
	dir := t.TempDir()
	w, err := NewWriter(dir)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := w.Requests("token-hs256-500")
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
	for _, row := range []Row{open, closed} {
		if err := w.Append(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(dir + "/raw/*")
	if files = append(files, filepath.Join(dir, Sums)); len(files) != 8 {
		t.Errorf("the raw files are %v", files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || bytes.Contains(text, []byte("secret-of")) || bytes.Contains(text, []byte("user-")) {
			t.Errorf("%s holds a credential or a user's name (%v)", file, err)
		}
	}
}

func TestFullDiskIsSaid(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full")
	}
	dir := t.TempDir()
	w, err := NewWriter(dir)
	if err != nil {
		t.Fatal(err)
	}
	w.rows.Close()
	if w.rows, err = os.OpenFile("/dev/full", os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	err = w.Append(Row{})
	if err == nil || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "is kept") {
		t.Errorf("a full disk is reported as %v", err)
	}
}
