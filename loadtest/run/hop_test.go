package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/experiment"
)

// script is a program that does what the lines say.
func script(t *testing.T, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "priced")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHopReads what a program writes that was asked as the kind asks, and says what the program complains about.
func TestHopReads(t *testing.T) {
	asked := experiment.Hops{Defences: []string{"a", "b"}, Rounds: 3, Slice: time.Millisecond, Seed: 9}
	const round = `{"defence":"a","round":2,"with":{"calls":4,"cpu_ns":5},"without":{"calls":6,"cpu_ns":7},` +
		`"again":{"calls":8,"cpu_ns":9}}`
	for name, test := range map[string]struct{ script, wrong string }{
		"all":            {`test "$*" = "--defences a,b --rounds 3 --slice 1ms --seed 9" && echo '` + round + `'`, ""},
		"no program":     {"", "cannot run"},
		"it fails":       {`echo "no such defence" >&2; exit 1`, "exit status 1: no such defence"},
		"half a line":    {`echo '` + round[:40] + `'`, "unexpected EOF"},
		"another form":   {`echo '{"defense":"a"}'`, `unknown field "defense"`},
		"without an end": {"yes '['", "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			program := script(t, test.script)
			if test.script == "" {
				program += "-not"
			}
			all, err := hop(t.Context(), program, nil, asked)
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("%v, want %q", err, test.wrong)
				}
				return
			}
			want := experiment.Hopped{Defence: "a", Round: 2, Arms: experiment.Arms{
				With: experiment.Calls{N: 4, CPU: 5}, Without: experiment.Calls{N: 6, CPU: 7},
				Again: experiment.Calls{N: 8, CPU: 9},
			}}
			if err != nil || len(all) != 1 || all[0] != want {
				t.Errorf("%+v, %v", all, err)
			}
		})
	}
}

// TestHopEndsWithTheRun: a run that is interrupted does not wait for it.
func TestHopEndsWithTheRun(t *testing.T) {
	told := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(told)
	if _, err := hop(ctx, script(t, "exec sleep 1h"), nil, experiment.Hops{}); !errors.Is(err, told) {
		t.Error(err)
	}
}
