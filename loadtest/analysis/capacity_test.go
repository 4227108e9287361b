package analysis

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

const seeking = `
name: seeking
schemes: [session-memory, token-hs256]
capacity: {replicas: [1, 4], budget: 0.1, slice: 2s, trials: 8, p99: 100ms, errors: 0.001}
`

// tried is a trial of four replicas, as a test wants it.
type tried struct {
	requests  uint64        // 2000 unless told otherwise
	sent, due time.Duration // latency of each request, from when it was sent and from when it was due
	lag       time.Duration
	failed    uint64
	drain     time.Duration
	silent    bool // one replica of four never answered
}

func (x tried) row(t *testing.T) record.Slice {
	requests := cmp.Or(x.requests, 2000)
	all := func(each time.Duration, n uint64) string {
		h := hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
		if err := h.RecordValues(int64(max(each, time.Microsecond)), int64(n)); err != nil {
			t.Fatal(err)
		}
		text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	row := record.Slice{
		Cell: record.Cell{
			Kind: plan.CapacityCell, Scheme: "token-hs256", Replicas: 4, Rate: 1000,
			Budgets: map[string]float64{"replica-0": 0.1, "replica-1": 0.1, "replica-2": 0.1, "replica-3": 0.1},
		},
		Window: 2 * time.Second, Elapsed: 2*time.Second + x.drain, Planned: requests, Sent: requests, Served: requests,
		Verdicts:  map[record.Verdict]uint64{record.OK: requests - x.failed, "status-503": x.failed},
		ByReplica: map[string]uint64{"0": 500, "1": 500, "2": 500, "3": 500},
		Latency:   all(x.sent, requests-x.failed), Corrected: all(x.due, requests-x.failed), Lag: all(x.lag, requests),
	}
	if x.silent {
		delete(row.ByReplica, "3")
	}
	return row
}

func TestATrialIsJudgedByTheObjective(t *testing.T) {
	p, err := plan.Parse("seeking.yaml", []byte(seeking))
	if err != nil {
		t.Fatal(err)
	}
	const ms = time.Millisecond
	for _, test := range []struct {
		name string
		tried
		want Outcome
		why  string
	}{
		{"fast", tried{sent: 5 * ms, due: 6 * ms}, Held, ""},
		{"just so", tried{sent: 99 * ms, due: 99 * ms, failed: 2, drain: 99 * ms}, Held, ""},
		{"slow", tried{sent: 150 * ms, due: 151 * ms, drain: 90 * ms}, Broke, "p99 was 151 ms"},
		{"failing", tried{sent: 5 * ms, due: 5 * ms, failed: 3}, Broke, "0.15 % of the requests failed"},
		{"growing", tried{sent: 50 * ms, due: 50 * ms, drain: 120 * ms}, Broke, "what was in flight at the end took 120 ms"},
		{
			"late because of the generator",
			tried{sent: 5 * ms, due: 150 * ms, lag: 145 * ms},
			Limited,
			"the generator was late",
		},
		{"slow, and the generator late too", tried{sent: 150 * ms, due: 200 * ms, lag: 50 * ms}, Broke, "p99 was 200 ms"},
		{"so many in flight that the generator waits", tried{
			requests: 8000, sent: 80 * ms, due: 200 * ms, lag: 120 * ms,
			drain: 300 * ms,
		}, Broke, "p99 was 200 ms"},
		{"fast, but the generator late", tried{sent: 5 * ms, due: 60 * ms, lag: 55 * ms}, Limited, "the generator was late"},
		{"a replica short", tried{sent: 150 * ms, due: 150 * ms, silent: true}, Unusual, "3 of 4 replicas answered"},
	} {
		m := measure.Measure(test.row(t))
		got := Try(&m, p.Capacity)
		if got.Outcome != test.want || !strings.Contains(got.Why.String(), test.why) ||
			got.Why.IsZero() != (test.want == Held) {
			t.Errorf("%s: %q because %q, want %q because %q", test.name, got.Outcome, got.Why, test.want, test.why)
		}
	}
}

func TestCapacityComesFromEveryTrial(t *testing.T) {
	p, err := plan.Parse("seeking.yaml", []byte(seeking))
	if err != nil {
		t.Fatal(err)
	}
	run := &measure.Run{Run: record.Run{Plan: p}}
	fast, slow := tried{sent: 5 * time.Millisecond, due: 5 * time.Millisecond},
		tried{sent: 200 * time.Millisecond, due: 260 * time.Millisecond, lag: 60 * time.Millisecond}
	for round, x := range []struct {
		rate float64
		tried
	}{{1000, fast}, {1040, slow}, {1000, fast}, {1040, slow}} {
		row := x.row(t)
		row.Round, row.Rate = round, x.rate
		run.Measurements = append(run.Measurements, measure.Measure(row))
	}
	a := Compare(run)
	if len(a.Capacity) != 1 {
		t.Fatalf("there are %d cells, want the one that was tried", len(a.Capacity))
	}
	c := a.Capacity[0]
	if c.Name != "token-hs256" || c.Replicas != 4 || c.Budget != 0.1 || c.Held != 1000 || c.Broke != 1040 ||
		!c.Least.IsZero() || !c.Wide.IsZero() || len(c.Trials) != 4 {
		t.Errorf("the cell is %+v", c)
	}
	if len(a.Invalid) > 0 {
		t.Errorf("trials that the service failed count, although the generator was late: %+v", a.Invalid)
	}
	if len(run.Measurements[1].Doubts) == 0 {
		t.Error("the run itself was changed")
	}
}
