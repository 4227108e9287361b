package plan

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const aPlan = "name: x\nquestion: y?\nusers: 100\nschemes: [control]\n" +
	"demand: {rounds: 6, launches: 1, slice: 50ms, connections: 4}\n"

// TestFilesOfPlans: a plan is one document in a regular file. A byte order mark at its start does no harm.
func TestFilesOfPlans(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fifo := filepath.Join(dir, "fifo.yaml")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file("marked.yaml", "\ufeff"+aPlan)); err != nil {
		t.Error(err)
	}
	for path, says := range map[string]string{
		fifo:               "not a regular file",
		dir + "/none.yaml": "no such file",
		"/dev/zero":        "there is no plan",
		file("long.yaml", aPlan+"# "+strings.Repeat("x", 2<<20)): "longer than",
		file("two.yaml", aPlan+"---\n"+aPlan):                    "2 documents",
		file("seed.yaml", aPlan+"seed: 1.5\n"):                   "not a whole number",
		file("tiny.yaml", aPlan+"seed: 1e-300\n"):                "not a whole number",
	} {
		_, err := Load(path)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", path, err, says)
		}
	}
}
