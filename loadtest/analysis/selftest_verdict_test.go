package analysis

import (
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

func known(center, low, high float64) stats.Estimate {
	return stats.Estimate{Center: center, Low: low, High: high, N: 100}
}

// good is a selftest of a quiet machine.
func good() record.Selftest {
	const us, ms = time.Microsecond, time.Millisecond
	return record.Selftest{
		Machine:  record.Machine{During: &record.Interference{Others: 0.011, Steal: 0.002}},
		Naps:     []record.Nap{{Length: 100 * us, P50: 57_400, P99: 120 * us}},
		CPUClock: record.CPUClock{Step: 310, Steps: 100},
		Closed: []record.Ceiling{
			{
				Against: "a server that does nothing", Rate: 91_234, Generator: 9.61, Server: 10.4, GeneratorBusy: 0.9,
				ServerBusy: 0.99,
			},
			{Against: plan.Control, Rate: 23_000, Generator: 33, Server: 42.7, GeneratorBusy: 0.78, ServerBusy: 0.98},
		},
		Open: []record.Punctuality{
			{Rate: 1000, Planned: 1000, Sent: 1000, LagP99: 21 * us},
			{Rate: 20_000, Planned: 20_000, Sent: 20_000, LagP99: 812 * us},
			{Rate: 50_000, Planned: 50_000, Sent: 41_000, LagP99: 180 * ms},
		},
		Lines: []record.SliceLine{
			{
				Slice: 200 * ms, Against: "session-memory", Same: known(1, 0.98, 1.03), Other: known(1.25, 1.2, 1.3), Rounds: 100,
				ByRound: 0.05, ByStart: 0.01, Valid: 90, Of: 90,
			},
			{
				Slice: 50 * ms, Against: "session-memory", Same: known(1.001, 0.991, 1.012), Other: known(1.25, 1.23, 1.27),
				Rounds: 100, ByRound: 0.06, ByStart: 0.01, Valid: 360, Of: 360,
			},
		},
		Slice:   50 * ms,
		Budgets: []record.HeldBudget{{Cores: 0.05, Used: known(1.01, 1, 1.04)}, {Cores: 0.2, Used: known(1, 0.99, 1.01)}},
	}
}

func TestSelftestVerdict(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name   string
		change func(*record.Selftest)
		want   []string // each in one sentence
	}{
		{"a quiet machine", func(*record.Selftest) {}, []string{
			"Quiet: while this ran, other programs took 1.1 % of all cores, and the host of this machine 0.2 %.",
			"With the bench plan (8 launches, 192 rounds of 50 ms) a difference of 2.4 % in the cost of a request is told " +
				"from noise nine times in ten",
			"slices of 50 ms know most and are true: session-memory against the control is known to ± 1.6 %, and the control " +
				"against itself is 1.001 [0.991 1.012].",
			"91,234 requests/s at 9.6 µs of its CPU each against a server that does nothing, which it keeps 99 % busy; 23,000 " +
				"requests/s at 33.0 µs of its CPU each against control, which it keeps 98 % busy.",
			"Up to 20,000 requests/s are sent on time, 99 % of them at most 812 µs late: a median latency below 8.12 ms " +
				"cannot be told from the generator's own lateness at that rate, below 210 µs at 1,000. 50,000/s cannot be " +
				"generated on time.",
			"CPU budgets hold within 4.0 %: a saturated control used 1.01 × 0.05, 1.00 × 0.2 core.",
			"A nap of 100 µs ends 57 µs late (p99 120 µs); CPU time is counted in steps of 310 ns, " +
				"0.00062 % of a slice of 50 ms.",
		}},
		{"a busy machine", func(s *record.Selftest) { s.Machine.During.Others = 0.31 }, []string{"DISTURBED: while this " +
			"ran, other programs took 31 %", "when the machine is quiet"}},
		{"a greedy host", func(s *record.Selftest) { s.Machine.During.Steal = 0.05 }, []string{"DISTURBED"}},
		{"containers", func(s *record.Selftest) {
			s.Machine.During, s.Machine.Before = nil, &record.Interference{Others: 0.31}
		}, []string{"DISTURBED: just before this ran, other programs took 31 %"}},
		{"no /proc/stat", func(s *record.Selftest) { s.Machine.During = nil }, []string{"it is not known how quiet"}},
		{"another slice is better", func(s *record.Selftest) { s.Slice = 200 * ms }, []string{
			"slices of 200 ms know most",
			"The bench plan has 50 ms.",
		}},
		{"no slice is true", func(s *record.Selftest) { s.Slice = 0 }, []string{"No length of slice is to be trusted"}},
		{"no slice counts", func(s *record.Selftest) {
			s.Lines[1] = record.SliceLine{
				Slice: 50 * ms, Same: stats.Estimate{Why: message.Say("estimate.nothing")}, Of: 360,
				Doubt: "IDLE-TIER: busy 80 %",
			}
		}, []string{"cannot be resolved with the bench plan: only 0 of 360 slices of 50 ms count (IDLE-TIER: busy 80 %)."}},
		{"the plan's slice was not tried", func(s *record.Selftest) { s.Lines = s.Lines[:1] }, []string{"is not known: its " +
			"slice of 50 ms was not tried"}},
		{"the control is too fast", func(s *record.Selftest) {
			s.Closed[1].ServerBusy, s.Closed[1].GeneratorBusy = 0.8, 0.99
		}, []string{"against control, which it cannot keep busy (80 %). Most demand cells of the control do not count here"}},
		{"somebody else has the cores", func(s *record.Selftest) {
			s.Closed[1].ServerBusy, s.Closed[1].GeneratorBusy = 0.5, 0.5
		}, []string{"with neither at its limit (server 50 %, generator 50 % busy): something else took their cores"}},
		{"every rate is kept", func(s *record.Selftest) { s.Open = s.Open[:2] }, []string{"No higher rate was tried."}},
		{"only the first rate is kept", func(s *record.Selftest) { s.Open[1].Sent = 0 }, []string{
			"Up to 1,000 requests/s",
			"The bench plan asks for 3,000.",
		}},
		{"no rate is kept", func(s *record.Selftest) { s.Open[0].LagP99 = 11 * ms }, []string{"Not even 1,000 requests/s " +
			"can be sent on time (99 % at most 11 ms late, 1000 of 1000 sent)"}},
		{"a rate above one that was missed does not count", func(s *record.Selftest) {
			s.Open[1].LagP99, s.Open[2].Sent, s.Open[2].LagP99 = 11*ms, 50_000, 0
		}, []string{"Up to 1,000 requests/s", "20,000/s cannot be generated on time"}},
		{"no budgets", func(s *record.Selftest) { s.NoBudgets = "run as root" }, []string{"Nothing that needs CPU budgets " +
			"can be measured: run as root."}},
		{
			"a budget that was not used up", func(s *record.Selftest) { s.Budgets[1].Used = known(0.5, 0.4, 0.6) },
			[]string{"hold within 4.0 %: a saturated control used 1.01 × 0.05 core. A budget of 0.2 core was not used up " +
				"(0.50 of it)"},
		},
		{
			"no budget that was used up",
			func(s *record.Selftest) { s.Budgets = []record.HeldBudget{{Cores: 0.2, Used: known(0.5, 0.4, 0.6)}} },
			[]string{"A budget of 0.2 core was not used up"},
		},
		{"no CPU clock", func(s *record.Selftest) { s.CPUClock = record.CPUClock{} }, []string{"the CPU clock stood still"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := good()
			test.change(&s)
			verdict := message.Texts(SelftestVerdict(s, mustLoad(t, "bench")))
			for _, want := range test.want {
				if !slices.ContainsFunc(verdict, func(sentence string) bool { return strings.Contains(sentence, want) }) {
					t.Errorf("no sentence says %q:\n%s", want, strings.Join(verdict, "\n"))
				}
			}
		})
	}
}

// The short form knows nothing of slices and budgets, and says nothing of them.
func TestSelftestVerdictOfTheShortForm(t *testing.T) {
	s := good()
	s.Lines, s.Slice, s.Budgets, s.Closed = nil, 0, nil, s.Closed[:1]
	for _, sentence := range message.Texts(SelftestVerdict(s, mustLoad(t, "quick"))) {
		for _, word := range []string{"slices of", "budget", "told from noise"} {
			if strings.Contains(sentence, word) {
				t.Errorf("it says %q", sentence)
			}
		}
	}
}

func mustLoad(t *testing.T, name string) *plan.Plan {
	t.Helper()
	p, err := plan.Load(name, all.Parts()...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
