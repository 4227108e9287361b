package prebuilt

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPrograms: two callers get the same program, linked once, and it runs.
func TestPrograms(t *testing.T) {
	const program = "authlab/scripts/prebuilt/testdata/hello"
	var files [2]os.FileInfo
	for i := range files {
		folder := t.TempDir()
		if err := Programs(folder, program); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "hello")
		if out, err := exec.Command(path).Output(); err != nil || string(out) != "hello\n" {
			t.Fatalf("%q, %v", out, err)
		}
		var err error
		if files[i], err = os.Stat(path); err != nil {
			t.Fatal(err)
		}
	}
	shared, err := place()
	if err != nil {
		t.Fatal(err)
	}
	one, err := os.Stat(filepath.Join(shared, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(files[1], one) && !os.SameFile(files[0], files[1]) { // no copies, as on another file system
		t.Error("the second call linked the program again")
	}
}

func TestWhatCannotBeBuilt(t *testing.T) {
	for name, because := range map[string]string{
		"authlab/nowhere": "authlab/nowhere", "authlab/scripts/longtest": "no main packages",
	} {
		if err := Programs(t.TempDir(), name); err == nil || !strings.Contains(err.Error(), because) {
			t.Errorf("%s: %v, want something with %q", name, err, because)
		}
	}
}
