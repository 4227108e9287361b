package keyfile

import (
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// drawn is the same in every run, so that no test fails by chance.
var drawn = rand.NewChaCha8([32]byte([]byte("a seed of 32 bytes for the tests")))

func random(size int) []byte {
	secret := make([]byte, size)
	drawn.Read(secret)
	return secret
}

func TestSecrets(t *testing.T) {
	first, second := random(64), random(64)
	text := hex.EncodeToString(first) + "\n\n  " + strings.ToUpper(hex.EncodeToString(second)) + "\r\n"
	got, err := Secrets(strings.NewReader(text), 64, "make one")
	if err != nil || len(got) != 2 || !slices.Equal(got[0], first) || !slices.Equal(got[1], second) {
		t.Fatal(got, err)
	}
	good := hex.EncodeToString(first)
	for says, text := range map[string]string{
		"it has no key; `make one`": "\n\n",
		"line 2 is not hexadecimal": good + "\nhunter2",
		"line 2 repeats a key":      good + "\n" + good,
		"line 1 has 63 bytes":       good[2:],
		"line 1 has hardly any":     strings.Repeat("ab", 64),
		"line 1 is text": hex.EncodeToString(
			[]byte(strings.Repeat("correct horse battery staple, says an attacker", 2)[:64])),
		"line 1 is text, so":           hex.EncodeToString([]byte("0123456789abcdef" + good[:47] + "\n")),
		"line 1 repeats itself; `make": hex.EncodeToString(slices.Concat(first[:32], first[:32])),
	} {
		if _, err := Secrets(strings.NewReader(text), 64, "make one"); err == nil || !strings.Contains(err.Error(), says) ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		path:                "others may read or write it (mode 0640)",
		filepath.Dir(path):  "it is not a regular file",
		path + "/elsewhere": "it cannot be opened",
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

// TestFIFO: a start does not wait for a writer.
func TestFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	said := make(chan error, 1)
	go func() {
		_, err := Open(path)
		said <- err
	}()
	select {
	case err := <-said:
		if err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits")
	}
}

// owned is a file of a user's.
type owned struct {
	os.FileInfo
	owner uint32
}

func (o owned) Sys() any { return &syscall.Stat_t{Uid: o.owner} }

func TestForeign(t *testing.T) {
	for _, c := range []struct {
		owner   uint32
		process int
		want    bool
	}{
		{1000, 1000, false},
		{0, 1000, false},
		{1001, 1000, true},
		{0, 0, false},
		{65532, 0, false},
	} {
		if got := foreign(owned{owner: c.owner}, c.process); got != c.want {
			t.Errorf("a file of %d for %d: foreign %v", c.owner, c.process, got)
		}
	}
}

// TestExposed: who owns a file is what a test cannot choose unless it is root's, so the truth table is of what the
// process is.
func TestExposed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	me, mine := os.Geteuid(), os.Getegid()
	for _, c := range []struct {
		mode           os.FileMode
		owner, of, not bool // exposed to: its owner; another user of its group; another of no group of it
	}{
		{0o600, false, false, false},
		{0o400, false, false, false},
		{0o440, true, false, true},
		{0o640, true, false, true},
		{0o660, true, true, true},
		{0o444, true, true, true},
		{0o604, true, true, true},
	} {
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		owner, of, not := exposed(info, me, mine), exposed(info, me+1, mine), exposed(info, me+1, mine+1)
		if owner != c.owner || of != c.of || not != c.not {
			t.Errorf("%04o: exposed %v for its owner, %v for its group, %v for others; want %+v", c.mode, owner, of, not, c)
		}
	}
}
