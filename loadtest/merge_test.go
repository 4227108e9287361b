package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// half is what one of two generators measured; change edits it.
func half(t *testing.T, name string, change func(p *plan.Plan, e *record.Environment, rows []record.Slice)) string {
	t.Helper()
	p, err := plan.Parse("half.yaml",
		[]byte("name: half\nschemes: [token-hs256]\ntarget: {slice: 2s, rounds: 6, connections: [4, 8]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	e := record.Environment{
		Started: time.Unix(1000, 0).UTC(), Nonce: name, Platform: "target", Cores: 2, CPU: "a machine",
		Command: []string{"authlab"},
		Target: &record.Target{
			URL: "http://127.0.0.1:80", Replicas: []string{"a", "b"}, Users: 10, MaxRate: 1000,
			MaxConnections: 64, Clock: &record.Clock{Of: "a"},
		},
	}
	var rows []record.Slice
	for i, v := range p.Visits() {
		rows = append(rows, record.Slice{
			Cell:  record.Cell{Kind: plan.TargetCell, Scheme: "token-hs256", Replicas: 2, Round: v.Round, Place: v.Place},
			Nonce: "here", Start: time.Unix(1000+3*int64(i), 0).UTC(),
			Window: 2 * time.Second, Elapsed: 2100 * time.Millisecond, Sent: 100, Served: 104, Connections: v.Connections,
			Verdicts:  map[record.Verdict]uint64{record.OK: 100},
			ByReplica: map[string]uint64{"0": 50, "1": 50}, Latency: alike(t, 100),
			Use: map[string]record.Use{
				"generator": {CPU: time.Millisecond}, "replica-0": {CPU: 10 * time.Millisecond},
				"replica-1": {CPU: 10 * time.Millisecond},
			},
		})
	}
	if change != nil {
		change(p, &e, rows)
	}
	dir := filepath.Join(t.TempDir(), name)
	f, err := record.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		f.Plan(p), f.Environment(e), f.Event(record.Event{Kind: record.Started, About: p.Schemes[0], Nonce: "here"}),
		f.Event(record.Event{Kind: record.Finished}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range rows {
		if err := f.Slice(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// alike is a histogram of n requests that each took a millisecond.
func alike(t *testing.T, n int64) string {
	h := hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
	if err := h.RecordValues(int64(time.Millisecond), n); err != nil {
		t.Fatal(err)
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMergeAddsTwoGenerators(t *testing.T) {
	first, second := half(t, "first", nil),
		half(t, "second", func(_ *plan.Plan, e *record.Environment, rows []record.Slice) {
			e.Target.Clock.Ahead = 40 * time.Millisecond
			for i := range rows {
				rows[i].Start = rows[i].Start.Add(50 * time.Millisecond)
			}
		})
	sum := filepath.Join(t.TempDir(), "sum")
	var out bytes.Buffer
	if code := authlab(t.Context(), []string{"merge", first, second, "--out", sum}, &out, &out); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &out)
	}
	says(t, out.String(), `closed loop, 8 connections +100 \[100 100\]`, `closed loop, 16 connections +100 \[100 100\]`,
		`took its replicas \d+(\.\d+)? µs of CPU`)
	run, err := measure.Read(sum)
	if err != nil || len(run.Damage) > 0 || len(run.Measurements) != 12 {
		t.Fatalf("%d slices, %v: %v", len(run.Measurements), run.Damage, err)
	}
	for _, m := range run.Measurements {
		// 20 ms of both replicas for 208 requests: each generator read the total.
		if !m.Valid() || m.Counted != 200 || m.Cost["replica"] != 20*time.Millisecond/208 {
			t.Errorf("%d requests of %v each: %v", m.Counted, m.Cost["replica"], m.Doubts)
		}
	}
	reportAgainIsTheSame(t, sum)
}

// TestMergeKeepsWhatAPartKnewAlone: a sum alone would lose three things. They are CPU time that one generator did not
// read, slices that do not count at one generator, and what limited one generator.
func TestMergeKeepsWhatAPartKnewAlone(t *testing.T) {
	first := half(t, "first", func(_ *plan.Plan, e *record.Environment, rows []record.Slice) {
		e.Target.MaxRate = 50 // each slice sent 100 of them in two seconds
		for i := range rows {
			delete(rows[i].Use, "replica-0")
			delete(rows[i].Use, "replica-1")
		}
	})
	second := half(t, "second", func(_ *plan.Plan, _ *record.Environment, rows []record.Slice) {
		rows[0].Verdicts = map[record.Verdict]uint64{record.OK: 90, record.Unauthenticated: 10}
	})
	for _, order := range [][]string{{first, second}, {second, first}} {
		sum := filepath.Join(t.TempDir(), "sum")
		var out bytes.Buffer
		if code := authlab(t.Context(), append([]string{"merge", "--out", sum}, order...), &out, &out); code != 0 {
			t.Fatalf("exit code %d\n%s", code, &out)
		}
		says(t, out.String(),
			`(?i)at one of the generators the load was held at its ceiling of 50 requests/s, so that more may be possible`)
		run, err := measure.Read(sum)
		if err != nil || len(run.Measurements) != 11 {
			t.Fatalf("%d slices, %v", len(run.Measurements), err)
		}
		if cost := run.Measurements[0].Cost["replica"]; cost != 20*time.Millisecond/208 {
			t.Errorf("a request costs %v, which only one of two generators read", cost)
		}
		says(t, string(read(t, sum, "report.md")),
			`1 slice was not measured by all generators, or does not count at one of them`)
	}
}

func TestRunsThatDoNotBelongTogetherAreNotMerged(t *testing.T) {
	first := half(t, "first", nil)
	of := func(change func(p *plan.Plan, e *record.Environment, rows []record.Slice)) []string {
		return []string{first, half(t, "second", change)}
	}
	for _, test := range []struct {
		name string
		runs []string
		want string
	}{
		{"one run", []string{first}, "name two runs or more"},
		{"the same twice", []string{first, first}, "are the same run"},
		{
			"another target",
			of(func(_ *plan.Plan, e *record.Environment, _ []record.Slice) { e.Target.URL = "http://127.0.0.1:81" }),
			"first and second are of different targets, http://127.0.0.1:80 and http://127.0.0.1:81",
		},
		{
			"other replicas",
			of(func(_ *plan.Plan, e *record.Environment, _ []record.Slice) { e.Target.Replicas = []string{"a", "c"} }),
			"met different replicas (a, b, then a, c)",
		},
		{
			"another plan", of(func(p *plan.Plan, _ *record.Environment, _ []record.Slice) { p.Seed = 2 }),
			"the plans of first and second differ",
		},
		{"another scheme", of(func(p *plan.Plan, _ *record.Environment, rows []record.Slice) {
			p.Schemes = []string{"token-eddsa"}
			for i := range rows {
				rows[i].Scheme = "token-eddsa"
			}
		}), "are of different schemes, token-hs256 and token-eddsa"},
		{
			"clocks apart",
			of(func(_ *plan.Plan, e *record.Environment, _ []record.Slice) { e.Target.Clock.Ahead = -time.Second }),
			"the clocks of first and second are 1s apart",
		},
		{
			"no clock", of(func(_ *plan.Plan, e *record.Environment, _ []record.Slice) { e.Target.Clock = nil }),
			"second did not start together with others",
		},
		{"another time", of(func(_ *plan.Plan, _ *record.Environment, rows []record.Slice) {
			for i := range rows {
				rows[i].Start = rows[i].Start.Add(time.Second)
			}
		}), "began 1s apart in the runs: give all generators the same --at"},
		{"nothing in common", of(func(_ *plan.Plan, _ *record.Environment, rows []record.Slice) {
			for i := range rows {
				rows[i].Round += 100
			}
		}), "no slice in common"},
		{"no target", []string{first, reference}, "reference is not of a target"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			sum := filepath.Join(t.TempDir(), "sum")
			if code := authlab(t.Context(), append([]string{"merge", "--out", sum}, test.runs...), &out, &out); code == 0 {
				t.Error("they were merged")
			}
			if said := out.String(); !strings.Contains(said, test.want) || strings.Count(strings.TrimSpace(said), "\n") > 0 {
				t.Errorf("it said:\n%s\nwant one sentence with %q", said, test.want)
			}
			if _, err := os.Stat(sum); err == nil {
				t.Error("it left a folder")
			}
		})
	}
}

func TestRunsOfDifferentTargetsAreNotCompared(t *testing.T) {
	first := half(t, "first", nil)
	for _, test := range []struct {
		name, other, want string
	}{
		{
			"another target",
			half(t, "second",
				func(_ *plan.Plan, e *record.Environment, _ []record.Slice) { e.Target.URL = "http://127.0.0.1:81" }),
			"the runs are of different targets, http://127.0.0.1:80 and http://127.0.0.1:81",
		},
		{"no target", reference, "the runs are from different platforms"},
		{"the same target", half(t, "third", nil), "answers/s, 8 connections ÷ 4"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			authlab(t.Context(), []string{"compare", first, test.other}, &out, &out)
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("it said:\n%s\nwant %q", &out, test.want)
			}
		})
	}
}

// The file also tells programs what a target cannot report.
func TestTheReportOfATargetIsForProgramsToo(t *testing.T) {
	dir := half(t, "only", nil)
	var out bytes.Buffer
	if code := authlab(t.Context(), []string{"report", dir}, &out, &out); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &out)
	}
	var told struct {
		Target []struct {
			Connections int                      `json:"connections"`
			X           struct{ Center float64 } `json:"answers_per_s"`
		}
		Replicas []struct{ Name string } `json:"target_replicas"`
	}
	if err := json.Unmarshal(read(t, dir, "report.json"), &told); err != nil || len(told.Target) != 2 ||
		told.Target[1].Connections != 8 || told.Target[1].X.Center != 50 || len(told.Replicas) != 2 {
		t.Errorf("got %+v: %v", told, err)
	}
}
