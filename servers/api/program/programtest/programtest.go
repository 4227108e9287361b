// Package programtest checks a server's command line against what all servers promise.
package programtest

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
)

// Run is a program with everything it touches as an argument.
type Run func(ctx context.Context, args []string, stdout, stderr io.Writer) int

// Help checks that the program says what it is and how it is used, and points there after a wrong command line. "much"
// is not a value for the given flag.
func Help(t *testing.T, name, flag string, run Run) {
	code, help, _ := try(t, run, "--help")
	lines := strings.Split(help, "\n")
	if code != 0 || !strings.HasPrefix(lines[0], name+" ") || len(lines[0]) > 120 || !strings.HasSuffix(lines[0], ".") {
		t.Errorf("exit code %d; the first line should say what %s is: %q", code, name, lines[0])
	}
	examples := 0
	for _, line := range lines {
		if args, ok := strings.CutPrefix(line, "  "+name+" --"); ok {
			examples++
			args, _, _ = strings.Cut(args, " #")
			if code, _, said := try(t, run, append(strings.Fields("--"+args), "--help")...); code != 0 {
				t.Errorf("the example %q: %s", line, said)
			}
		}
	}
	if examples == 0 {
		t.Errorf("there is no example: %s", help)
	}
	for _, wrong := range []string{"--unheard-of", "-?", "--" + flag + "=much", "--" + flag, "argument"} {
		code, out, said := try(t, run, wrong)
		if code != 2 || out != "" || !strings.HasPrefix(said, name+": ") ||
			!strings.HasSuffix(said, " (see "+name+" --help)\n") || strings.Count(said, "\n") != 1 ||
			strings.Contains(said, "strconv") {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q, want 2 and a sentence that points to --help", wrong, code, out,
				said)
		}
	}
	unwritten(t, name, run)
}

// unwritten checks that help which could not be written is no success: what was cut short must not look complete.
func unwritten(t *testing.T, name string, run Run) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"--help"}, full, &stderr)
	if said := stderr.String(); code != 1 || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, name+": ") ||
		!strings.Contains(said, "no space left on device") {
		t.Errorf("exit code %d, stderr %q, want 1 and the reason", code, &stderr)
	}
}

func try(t *testing.T, run Run, args ...string) (code int, out, said string) {
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}
