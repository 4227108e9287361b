package record

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestFullDiskIsReported(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full")
	}
	dir := t.TempDir()
	f, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.open[slicesFile].Close()
	if f.open[slicesFile], err = os.OpenFile("/dev/full", os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	err = f.Slice(Slice{})
	if err == nil || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "is kept") {
		t.Errorf("a full disk is reported as %v", err)
	}
}
