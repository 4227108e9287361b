package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each test called TestLie plants one result that a dishonest or broken lab would print. It checks what the lab says
// instead: the verdict, and the sentence in which a reader meets it. The tests in this file run the real chain with a
// server that lies (testdata/liard).

// TestLie1AnotherServerListens: a broken lab would measure any server that answers at the address.
func TestLie1AnotherServerListens(t *testing.T) {
	cmd, results, output := lab(t, demandOf("session-memory"))
	cmd.Path = filepath.Join(lying(t, "stranger"), "authlab")
	fails(t, cmd)
	says(t, output.String(),
		`session-memory/replica-0 did not start: another server answers at http://127\.0\.0\.1:\d+ and calls itself `+
			`"5723a6e2-0": end it`,
		`nothing was measured yet, so there is no report`)
	if runs, _ := filepath.Glob(results + "/runs/*/plan.yaml"); len(runs) > 0 {
		t.Errorf("it left %v", runs)
	}
}

// TestLie1AnotherServerTakesOver does the same under load. Its answers would be the replica's throughput.
func TestLie1AnotherServerTakesOver(t *testing.T) {
	cmd, results, output := lab(t, demandOf("session-memory"))
	cmd.Path = filepath.Join(lying(t, "replace"), "authlab")
	fails(t, cmd)
	says(t, output.String(), `the answer came from "5723a6e2-0", which is none of this lab's replicas`)
	report := string(read(t, onlyRun(t, results), "report.md"))
	says(t, report,
		refused("demand of session-memory, replica", "TREATMENT-MISSING",
			`\d+ answers came from a server that is not this run's`))
	silent(t, report, figure("session-memory"))
}

// TestLie4OneOfAThousandIsAnotherUser: a lab that counts errors would print 0.1 %, which is close to none.
func TestLie4OneOfAThousandIsAnotherUser(t *testing.T) {
	// One second, in which the slowest machine answers more than a thousand requests.
	cmd, results, output := lab(t, strings.Replace(demandOf("session-memory"), "slice: 200ms", "slice: 1s", 1))
	cmd.Path = filepath.Join(lying(t, "mix"), "authlab")
	fails(t, cmd)
	says(t, output.String(), `authlab: the run is void, because an answer reached the wrong user`)
	report := string(read(t, onlyRun(t, results), "report.md"))
	says(t, report,
		`VOID: an answer reached the wrong user, so no figure of this run may be used. demand of session-memory, replica: `+
			`\d+ answers? named another user`,
		`This run has no answer: an answer reached the wrong user\.`)
}

// TestLie5OneReplicaIdles: the latency of one replica would be printed as that of two. There is only one user, and a
// sticky balancer keeps that user on one replica.
func TestLie5OneReplicaIdles(t *testing.T) {
	report := honest(t, `
name: idle
question: Is the lie noticed?
users: 1
schemes: [session-sticky]
latency: {replicas: 2, rates: [100], slice: 300ms, samples: 12}
`)
	says(t, report, refused("latency of session-sticky at 100/s", "TREATMENT-MISSING", `1 of 2 replicas answered`))
	silent(t, report, figure("session-sticky"))
}

// TestLie8RefusalsAreFast: nothing is answered faster than a 401, so a lab that only counts answers would see its best
// scheme.
func TestLie8RefusalsAreFast(t *testing.T) {
	report := told(t, "expire", demandOf("session-memory"))
	says(t, report,
		refused("demand of session-memory, replica", "TREATMENT-MISSING",
			`\d+\.\d % of the answers were 401, expected 0\.0 %`),
		refused("demand of session-memory, replica", "TREATMENT-MISSING",
			`replica 0 refused a fresh login afterwards \(status 401\)`))
	silent(t, report, figure("session-memory"))
}

// demandOf is a short plan that asks for the cost of one scheme.
func demandOf(scheme string) string {
	return `
name: lie
question: Is the lie noticed?
users: 50
schemes: [` + scheme + `]
demand: {slice: 200ms, rounds: 1, launches: 1, connections: 4}
`
}

// refused matches the line of a report that says why all slices of a cell do not count.
func refused(cell, reason, sentence string) string {
	return `\| \*` + cell + `\* +\| +\*(\d+) of \d+\* \| \*` + reason + `\* +\| \*` + sentence
}

// figure matches the line of a table that has a figure of a scheme.
func figure(scheme string) string { return `(?m)^\| ` + scheme + ` +\| +[*≥]*\d` }

// told runs a plan on the real chain with a lying sessiond, and returns the report.
func told(t *testing.T, lie, plan string, args ...string) string {
	t.Helper()
	cmd, results, output := lab(t, plan, args...)
	cmd.Path = filepath.Join(lying(t, lie), "authlab")
	return reported(t, cmd, results, output)
}

// honest runs a plan on the real chain with the real servers, and returns the report.
func honest(t *testing.T, plan string, args ...string) string {
	t.Helper()
	cmd, results, output := lab(t, plan, args...)
	return reported(t, cmd, results, output)
}

// fails runs a lab that must refuse.
func fails(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != wentWrong {
		t.Errorf("ended with %v, want exit code %d", err, wentWrong)
	}
}

func reported(t *testing.T, cmd *exec.Cmd, results string, output interface{ String() string }) string {
	t.Helper()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return string(read(t, onlyRun(t, results), "report.md"))
}

// says checks that a report has each of the sentences, which are regular expressions within a line.
func says(t *testing.T, report string, sentences ...string) {
	t.Helper()
	for _, want := range sentences {
		if !regexp.MustCompile(want).MatchString(report) {
			t.Errorf("the report does not say %s:\n%s", want, strings.TrimSpace(report))
		}
	}
}

// silent checks that a report has none of them.
func silent(t *testing.T, report string, sentences ...string) {
	t.Helper()
	for _, not := range sentences {
		if found := regexp.MustCompile(not).FindString(report); found != "" {
			t.Errorf("the report says %q:\n%s", found, strings.TrimSpace(report))
		}
	}
}
