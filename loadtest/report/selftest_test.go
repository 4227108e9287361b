package report

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

func selftest() record.Selftest {
	const us, ms = time.Microsecond, time.Millisecond
	known := func(center, low, high float64, n int) stats.Estimate {
		return stats.Estimate{Center: center, Low: low, High: high, N: n}
	}
	few := stats.Estimate{
		Center: 1.08, Low: 1.08, High: 1.08, N: 3,
		Why: message.Sentence{Message: message.Text("3 samples: an interval needs 6")},
	}
	return record.Selftest{
		Form: record.Full, Verdict: []string{"Quiet: nobody else was there.", "A difference of 2 % is told from noise."},
		Machine: record.Machine{
			CPU: "Example CPU", Cores: 2, Kernel: "Linux 6.1", Governor: "performance", Load: "0.10 0.20 0.30 1/100 4711",
			During: &record.Interference{Others: 0.0312, Steal: 0.001},
		},
		Naps: []record.Nap{
			{Length: 100 * us, Times: 1000, P50: 57 * us, P99: 120 * us},
			{Length: ms, Times: 1000, P50: 60 * us, P99: 131 * us},
		},
		CPUClock: record.CPUClock{Step: 310, Steps: 1000},
		Closed: []record.Ceiling{{
			Against: "a server that does nothing", Rate: 91_234, Generator: 9.61, Server: 10.4,
			GeneratorBusy: 0.9, ServerBusy: 0.99,
		}},
		Open: []record.Punctuality{
			{Rate: 1000, Planned: 1000, Sent: 1000, LagP50: 14 * us, LagP99: 21 * us, Generator: 119.1},
			{Rate: 50_000, Planned: 50_000, Sent: 41_000, LagP50: 30 * ms, LagP99: 180 * ms, Generator: 20},
		},
		Lines: []record.SliceLine{
			{
				Slice: time.Second, Rounds: 6, Against: "session-memory", Same: few, OverStarts: few, Other: few, Valid: 9, Of: 18,
				Doubt: "IDLE-TIER: the replica was busy 91 % of the time",
			},
			{
				Slice: 50 * ms, Rounds: 120, Against: "session-memory", Same: known(1.001, 0.991, 1.012, 120),
				OverStarts: known(1.002, 0.98, 1.02, 6),
				Other:      known(1.25, 1.23, 1.27, 120), Valid: 360, Of: 360,
			},
		},
		Slice: 50 * ms,
		Budgets: []record.HeldBudget{{
			Cores: 0.05, Used: known(1.01, 1, 1.04, 12), Rate: known(1335, 1290, 1420, 12),
			Valid: 12, Of: 12,
		}},
	}
}

// inEnglish is the text of a selftest whose verdict was written down.
func inEnglish(s record.Selftest) string {
	var verdict []message.Message
	for _, sentence := range s.Verdict {
		verdict = append(verdict, message.Text(sentence))
	}
	return SelftestText(message.English, s, verdict)
}

func TestSelftestTextInKorean(t *testing.T) {
	s := selftest()
	verdict := []message.Message{message.New("measured.slices")}
	for _, l := range []message.Language{message.English, message.Korean} {
		got := SelftestText(l, s, verdict)
		for _, want := range []string{"- " + page.Words(l, verdict[0]), page.Words(l, message.New("measured.kernel"))} {
			if !strings.Contains(got, want) {
				t.Errorf("the text in %s does not have %q:\n%s", l, want, got)
			}
		}
	}
}

func TestSelftestText(t *testing.T) {
	const golden = "testdata/selftest.txt"
	got := inEnglish(selftest())
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// The short form has no table of slices, and one line in a report.
// TestADisturbedRunSaysSo: who reads the report did not see what was said when the run began.
func TestADisturbedRunSaysSo(t *testing.T) {
	run := measuretest.Lab{Plan: "name: mine\nschemes: [session-redis]\ndelays: {replicas: 3, logins: 20}\n"}.Run()
	for others, want := range map[float64]bool{0.48: true, 0.001: false} {
		s := selftest()
		s.Machine.During = &record.Interference{Others: others}
		run.Environment.Selftest = &s
		got := frontText(analysis.Compare(run))
		if strings.Contains(got, "DISTURBED: in the selftest before this run other programs took 48") != want {
			t.Errorf("others took %v: %q", others, got)
		}
	}
}

func TestSelftestOfARun(t *testing.T) {
	s := selftest()
	s.Form, s.Lines, s.Budgets = record.Short, nil, nil
	if text := inEnglish(s); strings.Contains(text, "slices") || strings.Contains(text, "budgets") {
		t.Errorf("it tells of what was not done:\n%s", text)
	}
	want := "other programs took 3.1 % of all cores, the host (steal) 0.1 %; the generator needs 9.6 µs of CPU for a " +
		"request and sends up to 1000/s on time; a nap of 1 ms ends 131 µs late (p99)"
	if got := selftestLine(&s).String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := selftestLine(&record.Selftest{}).String(); got != page.None {
		t.Errorf("of nothing it says %q", got)
	}
}
