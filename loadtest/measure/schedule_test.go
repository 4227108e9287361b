package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// TestReadSchedule has slices that occur twice, that claim another start, round or length, and that only one scheme has
// lost.
func TestReadSchedule(t *testing.T) {
	read := func(change func([]record.Slice) []record.Slice) *Run {
		t.Helper()
		dir := written(t)
		if err := os.Remove(filepath.Join(dir, "SHA256SUMS")); err != nil {
			t.Fatal(err)
		}
		var rows []record.Slice
		for round := range 4 {
			for _, scheme := range []string{"control", "session-redis"} {
				row := demand()
				row.Scheme, row.Round, row.Restart = scheme, round, round/2
				row.Nonce = fmt.Sprintf("c0ffee%s%d", scheme, row.Restart)
				row.Start = time.Unix(int64(len(rows)), 0)
				rows = append(rows, row)
			}
		}
		writeRows(t, dir, change(rows)...)
		r, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, test := range []struct {
		name   string
		change func([]record.Slice) []record.Slice
		doubts string // the doubts about the last slice
		damage string
	}{
		{"complete", func(rows []record.Slice) []record.Slice { return rows }, "", ""},
		{
			"twice", func(rows []record.Slice) []record.Slice { return append(rows, rows[3]) },
			"it is recorded more than once", "",
		},
		{
			"another start", func(rows []record.Slice) []record.Slice {
				rows[7].Nonce = rows[1].Nonce
				return rows
			}, "it is labelled start 1, but the processes of start 0 answered it", "",
		},
		{
			"rounds exchanged", func(rows []record.Slice) []record.Slice {
				rows[5].Round, rows[7].Round = 3, 2
				return rows
			}, "it is labelled round 2, and was measured after round 3", "",
		},
		{
			"half a window", func(rows []record.Slice) []record.Slice {
				rows[7].Window /= 2
				return rows
			}, "its window is 25 ms, and the plan's is 50 ms", "",
		},
		{
			"lost", func(rows []record.Slice) []record.Slice { return rows[:7] }, "",
			"1 of the 4 slices of demand of session-redis, replica are missing",
		},
	} {
		r := read(test.change)
		doubts := ""
		for _, d := range r.Measurements[len(r.Measurements)-1].Doubts {
			doubts += d.Said.String()
		}
		if doubts != test.doubts {
			t.Errorf("%s: %q, want %q", test.name, doubts, test.doubts)
		}
		// after that the checksums, which are not the point here, are missing
		damage := strings.Join(message.Texts(r.Damage[1:]), "; ")
		if damage != test.damage {
			t.Errorf("%s: damage %q, want %q", test.name, damage, test.damage)
		}
	}
}

// TestReadMemory omits a reading of one start, or records one reading twice.
func TestReadMemory(t *testing.T) {
	for name, test := range map[string]struct{ starts, want string }{
		"whole": {"0 10, 0 20, 1 10, 1 20", ""},
		"lost":  {"0 10, 0 20, 1 10", "raw/memory.jsonl has 3 readings of session-redis, and the plan asks for 4"},
		"twice": {"0 10, 0 20, 1 10, 1 20, 1 10", "raw/memory.jsonl tells some of its readings of session-redis twice"},
	} {
		lines := ""
		for which := range strings.SplitSeq(test.starts, ", ") {
			start, logins, _ := strings.Cut(which, " ")
			lines += fmt.Sprintf(`{"arm":"session-redis","start":%s,"logins":%s}`+"\n", start, logins)
		}
		if got := damage(t, "memory: {logins: [10, 20], beyond: 30, starts: 2}", "memory", lines); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestReadLogins omits a start.
func TestReadLogins(t *testing.T) {
	const stage = "users: 10\nlogins: {starts: 2, logins: 1, passwords: 1, rate: 1, storm: 1, window: 1s}"
	line := func(start int) string { return fmt.Sprintf(`{"arm":"session-redis","start":%d}`+"\n", start) }
	for lines, want := range map[string]string{
		line(0) + line(1):           "",
		line(1):                     "raw/logins.jsonl has 1 starts of session-redis, and the plan asks for 2",
		line(0) + line(1) + line(1): "raw/logins.jsonl tells some of its starts of session-redis twice",
	} {
		if got := damage(t, stage, "logins", lines); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestReadDelays omits what one replica said.
func TestReadDelays(t *testing.T) {
	for name, test := range map[string]struct{ said, want string }{
		"whole": {"0 0, 0 1, 1 0, 1 1", ""},
		"lost":  {"0 0, 0 1, 1 1", "raw/delays.jsonl has 3 lines of session-redis, and the plan asks for 4"},
		"twice": {"0 0, 0 1, 1 0, 1 1, 0 0", "raw/delays.jsonl tells some of its lines of session-redis twice"},
	} {
		lines := ""
		for _, said := range strings.Split(test.said, ", ") {
			trial, replica, _ := strings.Cut(said, " ")
			lines += fmt.Sprintf(
				`{"arm":"session-redis","nonce":"c0ffee00","trial":%s,"replica":%s,"accepted_ns":0,"refused_ns":1000}`+"\n", trial,
				replica)
		}
		if got := damage(t, "delays: {replicas: 2, logins: 2}", "delays", lines); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestDamageOfAKindIsTold: also in a run that did not finish, whose lines are incomplete.
func TestDamageOfAKindIsTold(t *testing.T) {
	for lines, want := range map[string]string{
		`{"arm":"session-redis","tri`: "the last line of delays.jsonl was cut short " +
			"and is left out",
		"{\"arm\":\"session-redis\"}\nnone\n{\"arm\":\"session-redis\"}\n": "line 2 of delays.jsonl cannot be read and is " +
			"left out",
	} {
		dir := t.TempDir()
		write(t, dir, "plan.yaml", "name: mine\nschemes: [session-redis]\ndelays: {replicas: 2, logins: 2}\n")
		unfinished(t, dir, record.Environment{CPU: "a CPU"}, record.Event{Kind: record.Interrupted})
		write(t, dir, "raw/delays.jsonl", lines)
		r, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(message.Texts(r.Damage[1:]), "; "); got != want { // the first is that there are no checksums
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// damage returns the damage in a finished run of session-redis with these lines in a file of raw/.
func damage(t *testing.T, stage, file, lines string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "plan.yaml", "name: mine\nschemes: [session-redis]\n"+stage+"\n")
	unfinished(t, dir, record.Environment{CPU: "a CPU"}, record.Event{Kind: record.Finished})
	write(t, dir, "raw/"+file+".jsonl", lines)
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(message.Texts(r.Damage[1:]), "; ") // the first is that there are no checksums
}

// TestReadTarget omits slices, with an event that says so and without.
func TestReadTarget(t *testing.T) {
	for name, test := range map[string]struct {
		slices int
		events []record.Event
		want   string
	}{
		"whole":           {6, nil, ""},
		"lost":            {5, nil, "1 of the 6 slices of the target are missing"},
		"late":            {5, []record.Event{{Kind: record.Skipped, About: "slices", Slices: 1}}, ""},
		"a rate left out": {4, []record.Event{{Kind: record.Skipped, About: "50/s"}}, ""},
		"and one of another target": {
			3,
			[]record.Event{{Kind: record.Skipped, About: "50/s"}},
			"1 of the 4 slices of the target are missing",
		},
	} {
		dir := t.TempDir()
		write(t, dir, "plan.yaml",
			"name: mine\nschemes: [token-hs256]\nusers: 1\ntarget: {slice: 1s, rounds: 2, connections: [1, 2], rates: [50], "+
				"samples: 60}\n")
		unfinished(t, dir, record.Environment{CPU: "a CPU", Target: &record.Target{}},
			append(test.events, record.Event{Kind: record.Finished})...)
		var rows []record.Slice
		for i := range test.slices {
			rows = append(rows,
				record.Slice{Cell: record.Cell{Kind: plan.TargetCell, Scheme: "token-hs256", Round: i}, Window: time.Second})
		}
		writeRows(t, dir, rows...)
		r, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		// the first is that there are no checksums
		if got := strings.Join(message.Texts(r.Damage[1:]), "; "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
