package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/scripts/longtest"
)

// tinyTarget is a very short run on a target.
const tinyTarget = `
name: tiny-target
question: Does the complete chain work on servers that the lab did not start?
users: 20
target: {slice: 200ms, rounds: 6, connections: [2, 4], rates: [50, 5000], samples: 60}
`

// deployment starts two replicas of a scheme behind a balancer, as any user could, and returns the flags for measuring
// them.
func deployment(t *testing.T, bin, row string) (c *cluster.Cluster, flags []string) {
	t.Helper()
	l, err := cluster.Open(t.Context(),
		cluster.Config{Platform: platforms[0], BinDir: bin, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	scheme, err := plan.SchemeNamed(row)
	if err != nil {
		t.Fatal(err)
	}
	c, err = l.Start(t.Context(),
		cluster.Spec{Name: row, Scheme: scheme, Replicas: 2, Fronts: cluster.Over(2), Balance: scheme.Balance, Users: 50})
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Store(); s != nil {
		// The only way to a private store's password is the store's own file.
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(l.Logs()), "*-redis.conf"))
		for _, file := range files {
			text, _ := os.ReadFile(file)
			if found := regexp.MustCompile(`(?m)^requirepass (.*)$`).FindSubmatch(text); found != nil {
				t.Setenv("AUTHLAB_REDIS_URL", "redis://:"+string(found[1])+"@"+s.Addr())
			}
		}
	}
	return c, []string{
		"--target", c.Front(cluster.Front{Size: 2}), "--scheme", row, "--replicas", c.Direct(0) + "," + c.Direct(1),
		"--load-key-file", l.LoadKeyFile(), "--load-users", "50", "--max-rate", "4000",
	}
}

// onTarget runs the bench on a target within this process. It returns its output, its exit code and its results.
func onTarget(t *testing.T, ctx context.Context, text string, flags ...string) (said string, code int, results string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "plan.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	results = filepath.Join(dir, "results")
	var out bytes.Buffer
	code = authlab(ctx, append([]string{"bench", "--plan", file, "--results", results}, flags...), &out, &out)
	return out.String(), code, results
}

func TestBenchOnATarget(t *testing.T) {
	bin := programs(t)
	for _, row := range []string{"session-redis", "token-hs256", "control"} {
		t.Run(row, func(t *testing.T) {
			if row == "token-hs256" {
				longtest.Only(t)
			}
			c, flags := deployment(t, bin, row)
			said, code, results := onTarget(t, t.Context(), tinyTarget, flags...)
			if code != 0 {
				t.Fatalf("exit code %d\n%s", code, said)
			}
			run := onlyRun(t, results)
			report := string(read(t, run, "report.md"))
			says(t, said, `closed loop, 4 connections +\d`, `open loop, 50/s +\d`, `Not known: Which CPU budgets`)
			says(t, report, `\| `+c.Nonce()+`-0 +\| +\d+ % \| +\d`,
				`the plan asks for 5000 requests/s, and 4000 is the ceiling`, `\| platform +\| target`)
			silent(t, report, `no /metrics`)
			if os.Getenv("AUTHLAB_REDIS_URL") != "" { // the store reports what it uses
				says(t, report, `and the store \d`)
			}
			measured, err := measure.Read(run)
			if err != nil || len(measured.Measurements) < 12 || len(measured.Damage) > 0 {
				t.Errorf("%d slices, %v: %v", len(measured.Measurements), measured.Damage, err)
			}
			reportAgainIsTheSame(t, run)
			nothingSecret(t, run)
		})
	}
}

// TestLieAnotherUserOfATarget: a target that mixes users up would be called fast.
func TestLieAnotherUserOfATarget(t *testing.T) {
	// often, because requests outside of slices are not checked
	_, flags := deployment(t, lying(t, "jumble"), "session-sticky")
	said, code, results := onTarget(t, t.Context(), strings.Replace(tinyTarget, "slice: 200ms", "slice: 400ms", 1),
		flags...)
	if code != wentWrong {
		t.Fatalf("exit code %d, want %d\n%s", code, wentWrong, said)
	}
	says(t, said, `(?m)^authlab: the run is void, because an answer reached the wrong user`)
	says(t, string(read(t, onlyRun(t, results), "report.md")), `VOID: an answer reached the wrong user`)
}

func TestBenchOnATargetInterrupted(t *testing.T) {
	bin := programs(t)
	_, flags := deployment(t, bin, "token-hs256")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	go func() {
		for measuredIn(dir) < 3 && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	said, code, _ := onTarget(t, ctx, tinyTarget, append(flags, "--results", dir)...)
	if code != interrupted {
		t.Errorf("exit code %d, want %d:\n%s", code, interrupted, said)
	}
	says(t, said, `PARTIAL: this run did not come to its end \(interrupted after`, `authlab: interrupted; the report`)
}

func TestTargetsThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags []string
		code  int
		want  string
	}{
		{
			"another owner's",
			[]string{"--target", "http://192.0.2.1:80", "--scheme", "control"},
			wentWrong,
			"if it is yours to load, say so with --i-own-this-target",
		},
		{
			"no server there",
			[]string{"--target", "http://127.0.0.1:1", "--scheme", "control"},
			wentWrong,
			"nothing answers at http://127.0.0.1:1",
		},
		{"no scheme", []string{"--target", "http://127.0.0.1:1"}, askedWrong, "say with --scheme what the target runs"},
		{
			"no such scheme",
			[]string{"--target", "http://127.0.0.1:1", "--scheme", "session-rdeis"},
			askedWrong,
			`no scheme "session-rdeis"`,
		},
		{
			"no users to sign in",
			[]string{"--target", "http://127.0.0.1:1", "--scheme", "session-redis"},
			askedWrong,
			"no users to sign in: --users names a file",
		},
		{
			"a password in view",
			[]string{"--target", "http://127.0.0.1:1", "--scheme", "control", "--store", "redis://:secret@127.0.0.1:6379"},
			askedWrong, "AUTHLAB_REDIS_URL",
		},
		{
			"a plan with servers of its own",
			[]string{"--plan", "quick", "--target", "http://127.0.0.1:1", "--scheme", "control"},
			askedWrong,
			"the plan quick starts servers of its own",
		},
		{
			"a platform for a target",
			[]string{"--target", "http://127.0.0.1:1", "--scheme", "control", "--embedded"},
			askedWrong, "those of --target already run: leave them out",
		},
		{
			"no URL",
			[]string{"--target", "127.0.0.1:1", "--scheme", "control"},
			askedWrong,
			"--target is of the form http://host:port",
		},
		{
			"more than a URL",
			[]string{"--target", "http://127.0.0.1:1@192.0.2.1", "--scheme", "control"},
			askedWrong,
			"--target is of the form http://host:port",
		},
		{
			"no port",
			[]string{"--target", "http://127.0.0.1:65536", "--scheme", "control"},
			askedWrong,
			"ports are from 1 to 65535",
		},
		{
			"a time that is past",
			[]string{"--target", "http://127.0.0.1:1", "--scheme", "control", "--at", "2020-01-01T00:00:00Z"},
			askedWrong,
			"is not a future time",
		},
		{"a target's flag without a target", []string{"--scheme", "control"}, askedWrong, "--scheme applies to a target"},
		{"a target's plan without a target", []string{"--plan", "target"}, askedWrong, "name them with --target URL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			results := filepath.Join(t.TempDir(), "results")
			args := append([]string{"bench", "--results", results}, test.flags...)
			if code := authlab(t.Context(), args, &out, &out); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if said := out.String(); !strings.Contains(said, test.want) || strings.Count(strings.TrimSpace(said), "\n") > 0 ||
				strings.Contains(said, "secret") {
				t.Errorf("it said:\n%s\nwant one sentence with %q", said, test.want)
			}
			if runs, _ := filepath.Glob(results + "/runs/*"); len(runs) > 0 {
				t.Errorf("it left %v", runs)
			}
		})
	}
}
