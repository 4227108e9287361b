package vegeta_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	lib "github.com/tsenart/vegeta/v12/lib"
	"github.com/tsenart/vegeta/v12/lib/plot"

	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/vegeta"
)

// decoded are results as Vegeta's own programs read them: they find out the format by themselves.
func decoded(t *testing.T, text []byte) (all []lib.Result) {
	t.Helper()
	decode := lib.DecoderFor(bytes.NewReader(text))
	if decode == nil {
		t.Fatal("vegeta does not know the format")
	}
	for {
		var r lib.Result
		if err := decode(&r); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

// TestResultsAreWhatTheRunMeasured: percentiles of what Vegeta reads are the run's own, to the resolution of its
// histograms.
func TestResultsAreWhatTheRunMeasured(t *testing.T) {
	requests, began, sent, due := measured(t)
	for name, test := range map[string]struct {
		from vegeta.From
		want *hdrhistogram.Histogram
	}{"from sent": {vegeta.FromSent, sent}, "from due": {vegeta.FromDue, due}} {
		var text bytes.Buffer
		n, err := vegeta.Results(&text, "control-2000", requests, began, test.from)
		if err != nil {
			t.Fatal(err)
		}
		all := decoded(t, text.Bytes())
		if n != len(all) || int64(n) != test.want.TotalCount() || n != len(requests) {
			t.Fatalf("%s: %d written and %d read of %d requests", name, n, len(all), len(requests))
		}
		var took []time.Duration
		var summed lib.Metrics
		drawn := plot.New()
		for i, r := range all {
			took = append(took, r.Latency)
			summed.Add(&r)
			if err := drawn.Add(&r); err != nil {
				t.Fatal(err)
			}
			if r.Seq != uint64(i) || r.Attack != "control-2000" || r.Code != 200 || r.Error != "" || r.BytesIn == 0 {
				t.Fatalf("%s: result %d is %+v", name, i, r)
			}
		}
		slices.Sort(took)
		for _, q := range []float64{50, 90, 99} {
			want := test.want.ValueAtQuantile(q)
			got := int64(took[max(0, int(float64(len(took))*q/100+0.5)-1)])
			if diff := got - want; max(diff, -diff) > want/1000+int64(time.Microsecond) {
				t.Errorf("%s: p%g is %d ns for Vegeta, and %d in the run", name, q, got, want)
			}
		}
		if summed.Close(); summed.Success != 1 || summed.Requests != uint64(n) {
			t.Errorf("%s: vegeta report finds %d requests and a success of %g", name, summed.Requests, summed.Success)
		}
		drawn.Close()
		if _, err := drawn.WriteTo(io.Discard); err != nil {
			t.Error(err)
		}
	}
}

// measured lets the generator record some slices of requests, and returns them as a run keeps them.
func measured(t *testing.T) (all []record.Request, began map[int]time.Time, sent, due *hdrhistogram.Histogram) {
	t.Helper()
	const replica = "5f3a9c-0"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go load.ServeNull(t.Context(), l, replica)
	users := []credential.Credential{load.NullCredential(replica)}
	target, err := load.NewTarget("http://"+l.Addr().String(), "/v1/me", "5f3a9c", 0, 1, users, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	folder, err := record.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	cell := record.OpenLoop(plan.Control, 2000)
	to, err := folder.Requests(cell)
	if err != nil {
		t.Fatal(err)
	}
	began, sent, due = map[int]time.Time{}, record.NewHistogram(), record.NewHistogram()
	for round := range 3 {
		cell := record.Cell{Kind: plan.LatencyCell, Scheme: plan.Control, Round: round}
		row, err := load.Open(t.Context(), cell, target, load.OpenOptions{
			Rate: 2000, Arrivals: plan.Poisson, Seed: uint64(round), Window: 100 * time.Millisecond, Requests: to,
		})
		if err != nil {
			t.Fatal(err)
		}
		began[round] = row.Start
		for text, h := range map[string]*hdrhistogram.Histogram{row.Latency: sent, row.Corrected: due} {
			one, err := record.DecodeHistogram(text)
			if err != nil {
				t.Fatal(err)
			}
			h.Merge(one)
		}
	}
	all, err = record.ReadRequests(folder.Path(), cell)
	if err != nil {
		t.Fatal(err)
	}
	return all, began, sent, due
}

// TestWhatDidNotWorkIsNoSuccess: Vegeta calls each answer below 400 a success, also another user's.
func TestWhatDidNotWorkIsNoSuccess(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	requests := []record.Request{
		{Round: 1, Start: 3, Latency: 5, Code: 200, Verdict: record.OK},
		{Round: 1, Start: 1, Latency: 5, Code: 200, Verdict: record.WrongUser},
		{Round: 1, Start: 2, Latency: 5, Code: 401, Verdict: record.Unauthenticated},
		{Round: 1, Start: 4, Latency: 5, Verdict: "error-timeout"},
		{Round: 2, Start: 4, Latency: 5, Code: 200, Verdict: record.OK}, // a round that does not count
	}
	var text bytes.Buffer
	if _, err := vegeta.Results(&text, "x-1", requests, map[int]time.Time{1: at}, vegeta.FromSent); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range decoded(t, text.Bytes()) {
		got = append(got, fmt.Sprintf("%d %d %d %s", r.Seq, r.Timestamp.Sub(at).Nanoseconds(), r.Code, r.Error))
	}
	want := []string{"0 1 0 wrong-user", "1 2 401 unauthenticated", "2 3 200 ", "3 4 0 error-timeout"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTargetsAreReadByVegeta with what makes JSON and headers hard.
func TestTargetsAreReadByVegeta(t *testing.T) {
	var want []credential.Credential
	drawn := rand.New(rand.NewPCG(1, 2))
	for i := range 100 {
		value := fmt.Sprintf(`authlab_session=%d"\é=%x; AUTHLAB_REPLICA=b`, i, drawn.Uint64())
		want = append(want, credential.Credential{Header: "Cookie", Value: value})
	}
	var text bytes.Buffer
	if err := vegeta.Targets(&text, "http://127.0.0.1:8080/v1/me", want); err != nil {
		t.Fatal(err)
	}
	read := lib.NewJSONTargeter(&text, nil, nil)
	for i, c := range want {
		var got lib.Target
		if err := read(&got); err != nil {
			t.Fatal(err)
		}
		if got.Method != "GET" || got.URL != "http://127.0.0.1:8080/v1/me" || got.Header.Get("Cookie") != c.Value ||
			len(got.Header) != 1 {
			t.Errorf("target %d is %+v", i, got)
		}
	}
	if err := read(new(lib.Target)); err != lib.ErrNoTargets {
		t.Errorf("after the last target: %v", err)
	}
}
