package measure

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// demand is a good slice of a demand cell: a replica saturated for 50 ms.
func demand() record.Slice {
	return record.Slice{
		Cell:   record.Cell{Kind: plan.DemandCell, Scheme: "session-redis", Tier: "replica", Replicas: 1},
		Window: 50 * time.Millisecond, Elapsed: 50 * time.Millisecond, Sent: 1000, Served: 1000,
		Verdicts: map[record.Verdict]uint64{record.OK: 1000}, ByReplica: map[string]uint64{"0": 1000},
		BytesIn: 300_000, BytesOut: 200_000,
		Use: map[string]record.Use{
			"replica-0": {CPU: 49 * time.Millisecond, Switches: 500}, "store": {CPU: 10 * time.Millisecond},
			"generator": {CPU: 30 * time.Millisecond},
		},
	}
}

// scaling is a good slice of a scaling cell: two replicas that used up their budgets for twelve periods.
func scaling(scheme string) record.Slice {
	return record.Slice{
		Cell: record.Cell{
			Kind: plan.ScalingCell, Scheme: scheme, Replicas: 2,
			Budgets: map[string]float64{"replica-0": 0.1, "replica-1": 0.1, "store": 0.1},
		},
		Window: 200 * time.Millisecond, Elapsed: 240 * time.Millisecond, Sent: 1000, Served: 1200,
		Verdicts: map[record.Verdict]uint64{record.OK: 1000}, ByReplica: map[string]uint64{"0": 500, "1": 500},
		Use: map[string]record.Use{
			"replica-0": {CPU: 24 * time.Millisecond}, "replica-1": {CPU: 24 * time.Millisecond},
			"store":    {CPU: 5 * time.Millisecond},
			"balancer": {CPU: 60 * time.Millisecond}, "generator": {CPU: 40 * time.Millisecond},
		},
	}
}

// latency is a good slice of a latency cell.
func latency(t *testing.T, lag time.Duration) record.Slice {
	return record.Slice{
		Cell:   record.Cell{Kind: plan.LatencyCell, Scheme: "token-hs256", Replicas: 1, Rate: 1000},
		Window: time.Second, Elapsed: time.Second, Sent: 1000, Served: 1000, Planned: 1000,
		Verdicts: map[record.Verdict]uint64{record.OK: 1000}, ByReplica: map[string]uint64{"0": 1000},
		Latency: histogram(t, time.Millisecond), Corrected: histogram(t, time.Millisecond), Lag: histogram(t, lag),
	}
}

func histogram(t *testing.T, d time.Duration) string {
	t.Helper()
	h := hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
	if err := h.RecordValues(int64(d), 1000); err != nil {
		t.Fatal(err)
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// answered replaces a slice's verdicts.
func answered(r record.Slice, verdicts map[record.Verdict]uint64) record.Slice {
	r.Verdicts, r.Sent = verdicts, 0
	for _, n := range verdicts {
		r.Sent += n
	}
	return r
}

// used replaces what a process used.
func used(r record.Slice, process string, cpu time.Duration) record.Slice {
	r.Use[process] = record.Use{CPU: cpu}
	return r
}

// asking sets how many commands the store counted.
func asking(r record.Slice, n int64) record.Slice {
	r.Use["store"] = record.Use{CPU: r.Use["store"].CPU, Operations: &n}
	return r
}

// full is a scaling slice of session-redis whose store used so much CPU time, of at most 24 ms.
func full(verdicts map[record.Verdict]uint64, store time.Duration) record.Slice {
	return used(answered(scaling("session-redis"), verdicts), "store", store)
}

func with(r record.Slice, change func(*record.Slice)) record.Slice {
	change(&r)
	return r
}

func TestVerdicts(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name string
		row  record.Slice
		want []Reason // none: VALID
	}{
		{"a saturated replica", demand(), nil},
		{"a replica busy 95 %", used(demand(), "replica-0", 47500*time.Microsecond), nil},
		{"a replica busy 94 %", used(demand(), "replica-0", 47*ms), []Reason{IdleTier}},
		{
			"the same, and the generator's core is full", used(used(demand(), "replica-0", 47*ms), "generator", 49*ms),
			[]Reason{GeneratorBound},
		},
		{
			"the same, and the generator and the store fill their core",
			used(used(demand(), "replica-0", 47*ms), "generator", 40*ms),
			[]Reason{GeneratorBound},
		},
		{"a full generator does no harm to a saturated replica", used(demand(), "generator", 50*ms), nil},
		{
			"an idle store, loaded by a replica that is the bottleneck",
			with(demand(), func(r *record.Slice) { r.Tier, r.Budgets = "store", map[string]float64{"store": 0.5} }),
			[]Reason{IdleTier},
		},
		{
			"a store that used up its budget",
			with(used(demand(), "store", 49*ms/2),
				func(r *record.Slice) { r.Tier, r.Budgets = "store", map[string]float64{"store": 0.5} }), nil,
		},
		{"no request", answered(demand(), nil), []Reason{TreatmentMissing}},
		{"no duration", with(demand(), func(r *record.Slice) { r.Elapsed = 0 }), []Reason{TreatmentMissing, IdleTier}},
		{"an empty line", record.Slice{}, []Reason{TreatmentMissing, TreatmentMissing}},
		{"a note", with(demand(), func(r *record.Slice) { r.Note = "the store was killed" }), []Reason{TreatmentMissing}},
		{
			"a scheme that is not in the table", with(demand(), func(r *record.Slice) { r.Scheme = "passwords" }),
			[]Reason{TreatmentMissing},
		},
		{
			"latencies that cannot be read", with(demand(), func(r *record.Slice) { r.Latency = "HIST" }),
			[]Reason{TreatmentMissing},
		},
		{
			"another user's answer", answered(demand(), map[record.Verdict]uint64{record.OK: 999, record.WrongUser: 1}),
			[]Reason{MixedUp},
		},
		{
			"another user's answer without a duration",
			with(answered(demand(), map[record.Verdict]uint64{record.OK: 999, record.WrongUser: 1}),
				func(r *record.Slice) { r.Window = 0 }),
			[]Reason{TreatmentMissing, MixedUp, IdleTier},
		},
		{
			"a foreign server", answered(demand(), map[record.Verdict]uint64{record.OK: 999, record.WrongReplica: 1}),
			[]Reason{TreatmentMissing},
		},
		{
			"a 401 in a thousand", answered(demand(), map[record.Verdict]uint64{record.OK: 999, record.Unauthenticated: 1}),
			nil,
		},
		{
			"two in a thousand", answered(demand(), map[record.Verdict]uint64{record.OK: 998, record.Unauthenticated: 2}),
			[]Reason{TreatmentMissing},
		},
		{"an error in a thousand", answered(demand(), map[record.Verdict]uint64{record.OK: 999, "error-reset": 1}), nil},
		{
			"two errors in a thousand",
			answered(demand(), map[record.Verdict]uint64{record.OK: 998, "status-503": 1, "error-reset": 1}),
			[]Reason{TreatmentMissing},
		},

		{"a generator that had no descriptor left", answered(demand(),
			map[record.Verdict]uint64{record.OK: 900, "error-descriptors": 100}), []Reason{GeneratorBound}},
		{
			"the same, for one request", answered(demand(), map[record.Verdict]uint64{record.OK: 999, "error-ports": 1}),
			[]Reason{GeneratorBound},
		},
		{"the same, for all of them", with(answered(demand(), map[record.Verdict]uint64{"error-descriptors": 1000}),
			func(r *record.Slice) { r.ByReplica = nil }), []Reason{GeneratorBound}},
		{"the same, and another user's answer", answered(demand(),
			map[record.Verdict]uint64{"error-memory": 999, record.WrongUser: 1}), []Reason{MixedUp, GeneratorBound}},

		{"a store asked once for each request, and for its count", asking(demand(), 1012), nil},
		{"a store that is never asked", asking(demand(), 2), []Reason{TreatmentMissing}},
		{"a store asked twice for each request", asking(demand(), 2002), []Reason{TreatmentMissing}},
		// 8 replicas, 14/s, 0.24 s, and for its count
		// 24 replicas, 14/s, 0.24 s; with as few as are visited it would be too many
		{
			"a store asked by replicas that only stand",
			asking(with(scaling("token-push"), func(r *record.Slice) { r.Standing = 24 }), 80), nil,
		},
		{
			"a store asked by more than stand",
			asking(with(scaling("token-push"), func(r *record.Slice) { r.Standing = 2 }), 24),
			[]Reason{TreatmentMissing},
		},
		{"a relieved store refuses some", with(full(map[record.Verdict]uint64{record.OK: 950, "status-503": 50}, 12*ms),
			func(r *record.Slice) { r.Kind = plan.RelievedCell }), nil},
		{
			"a relieved store refuses many", with(full(map[record.Verdict]uint64{record.OK: 800, "status-503": 200}, 12*ms),
				func(r *record.Slice) { r.Kind = plan.RelievedCell }), []Reason{TreatmentMissing},
		},
		{"a full store refuses some", full(map[record.Verdict]uint64{record.OK: 950, "status-503": 50}, 24*ms), nil},
		{
			"a full store refuses many", full(map[record.Verdict]uint64{record.OK: 800, "status-503": 200}, 24*ms),
			[]Reason{TreatmentMissing},
		},
		{
			"a store with room refuses some", full(map[record.Verdict]uint64{record.OK: 950, "status-503": 50}, 12*ms),
			[]Reason{TreatmentMissing},
		},
		{
			"a full store, and other failures", full(map[record.Verdict]uint64{record.OK: 950, "status-500": 50}, 24*ms),
			[]Reason{TreatmentMissing},
		},
		{"a store asked in the background", asking(scaling("token-push"), 16), nil},
		{"a store asked by some requests that need not", asking(scaling("token-push"), 40), []Reason{TreatmentMissing}},
		{
			"a store not asked by requests that failed earlier",
			asking(answered(demand(), map[record.Verdict]uint64{record.OK: 900, "status-503": 100}), 902),
			[]Reason{TreatmentMissing},
		},
		{
			"a store not asked by requests that did not",
			asking(answered(demand(), map[record.Verdict]uint64{record.OK: 998, "status-503": 2}), 902),
			[]Reason{TreatmentMissing, TreatmentMissing},
		},
		{
			"a limit on the generator",
			with(demand(), func(r *record.Slice) { r.Use["generator"] = record.Use{CPU: 30 * ms, Throttled: ms} }),
			[]Reason{ThrottledGenerator},
		},

		{"a cluster within its budgets", scaling("session-redis"), nil},
		{
			"a replica outside its control group that happens to use little",
			with(scaling("session-redis"), func(r *record.Slice) {
				r.Use["replica-1"] = record.Use{CPU: 20 * ms, Escaped: true}
			}),
			[]Reason{TreatmentMissing},
		},
		{
			"requests that spent half of their time in the replicas",
			with(latency(t, 0), func(r *record.Slice) { r.Held = time.Second / 2 }), nil,
		},
		{
			"requests that were longer in the replicas than the generator waited",
			with(latency(t, 0), func(r *record.Slice) { r.Held = 11 * time.Second / 10 }),
			[]Reason{TreatmentMissing},
		},
		{"the same, but some failed, with unknown latency", with(latency(t, 0), func(r *record.Slice) {
			r.Held, r.Verdicts = 11*time.Second/10, map[record.Verdict]uint64{record.OK: 1000, "status-503": 1}
			r.Sent, r.Served, r.Planned = 1001, 1001, 1001
		}), nil},
		{
			"one replica silent",
			with(scaling("session-redis"), func(r *record.Slice) { r.ByReplica = map[string]uint64{"0": 1000} }),
			[]Reason{TreatmentMissing},
		},
		{"the most that the first period's burst explains", used(scaling("session-redis"), "replica-1", 29*ms), nil},
		{"a replica without its budget", used(scaling("session-redis"), "replica-1", 60*ms), []Reason{TreatmentMissing}},
		{"a store without its budget", used(scaling("session-redis"), "store", 60*ms), []Reason{TreatmentMissing}},
		{
			"too short to judge a budget",
			with(used(scaling("session-redis"), "store", 20*ms), func(r *record.Slice) { r.Window, r.Elapsed = 99*ms, 99*ms }),
			nil,
		},
		{
			"verdicts of more requests than were counted", with(demand(), func(r *record.Slice) { r.Verdicts[record.OK] *= 2 }),
			[]Reason{TreatmentMissing},
		},
		{"more counted than sent", with(demand(), func(r *record.Slice) { r.Served = 999 }), []Reason{TreatmentMissing}},
		{
			"more sent than the connections can have had under way",
			with(demand(), func(r *record.Slice) { r.Connections, r.Served = 16, 1017 }),
			[]Reason{TreatmentMissing},
		},
		{"as many sent as that", with(demand(), func(r *record.Slice) { r.Connections, r.Served = 16, 1016 }), nil},
		{"ended before its window", with(demand(), func(r *record.Slice) {
			r.Elapsed, r.Use["replica-0"] = 40*ms, record.Use{CPU: 39 * ms}
		}), []Reason{TreatmentMissing}},
		{"latencies of fewer requests than were answered", with(latency(t, 0), func(r *record.Slice) {
			r.Verdicts = map[record.Verdict]uint64{record.OK: 1001}
			r.Sent, r.Served, r.Planned = 1001, 1001, 1001
		}), []Reason{TreatmentMissing}},
		{
			"an answer of a replica that was not asked",
			with(scaling("session-redis"), func(r *record.Slice) { r.ByReplica = map[string]uint64{"0": 500, "2": 500} }),
			[]Reason{TreatmentMissing},
		},
		{
			"half of the logins lost, as declared",
			answered(scaling("session-memory"), map[record.Verdict]uint64{record.OK: 500, record.Unauthenticated: 500}), nil,
		},
		{"none lost, but half declared", scaling("session-memory"), []Reason{TreatmentMissing}},
		{
			"half lost, none declared",
			answered(scaling("session-sticky"), map[record.Verdict]uint64{record.OK: 500, record.Unauthenticated: 500}),
			[]Reason{TreatmentMissing},
		},

		{"a fixed rate", latency(t, 50*time.Microsecond), nil},
		{
			"not all sent", with(latency(t, 50*time.Microsecond), func(r *record.Slice) { r.Planned = 1011 }),
			[]Reason{GeneratorBound},
		},
		{"sent late", latency(t, 11*ms), []Reason{GeneratorBound}},
		{
			"no latencies kept", with(latency(t, 50*time.Microsecond), func(r *record.Slice) { r.Corrected = "" }),
			[]Reason{TreatmentMissing},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := Measure(test.row)
			var got []Reason
			for _, d := range m.Doubts {
				got = append(got, d.Reason)
				if d.Said.String() == "" {
					t.Errorf("%s has no sentence", d.Reason)
				}
			}
			if !slices.Equal(got, test.want) || m.Valid() != (len(test.want) == 0) {
				t.Errorf("got %v, want %v", m.Doubts, test.want)
			}
		})
	}
}

func TestFigures(t *testing.T) {
	m := Measure(scaling("session-redis"))
	near := func(what string, got, want float64) {
		t.Helper()
		if diff := got - want; diff > 1e-9 || diff < -1e-9 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("throughput counts the window", m.Throughput, 5000)
	near("cost is CPU time by answer, counted or not", m.Cost["replica"].Seconds(), 40e-6)
	near("busy is of the tier's budgets together", m.Busy["replica"], 1)
	near("busy is of a core where there is no budget", m.Busy["balancer"], 0.25)
	near("cores are absolute", m.Cores["replica"], 0.2)
	m = Measure(demand())
	near("switches", m.Switches, 0.5)
	near("bytes in", m.BytesIn, 300)
	near("bytes out", m.BytesOut, 200)
}

// FuzzMeasure checks that no slice, however odd, gives a figure that is not a number: such a figure would spoil a whole
// report.
func FuzzMeasure(f *testing.F) {
	for _, row := range []record.Slice{demand(), scaling("session-memory"), {}} {
		text, err := json.Marshal(row)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var row record.Slice
		if json.Unmarshal(text, &row) != nil {
			t.Skip()
		}
		m := Measure(row)
		figures := fmt.Sprint(m.Throughput, m.Cost, m.Cores, m.Busy, m.Busiest, m.Throttled, m.Lost, m.Switches, m.BytesIn,
			m.BytesOut)
		if m.Valid() && (strings.Contains(figures, "NaN") || strings.Contains(figures, "Inf")) {
			t.Errorf("a valid slice has a figure that is not a number: %s", figures)
		}
	})
}
