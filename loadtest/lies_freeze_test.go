package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/record"
)

// TestLie10TheServerFreezes: a server freezes for a second. A client that waits for it before the next request sees
// only a few slow answers, and would print the p99 of a server that never froze.
func TestLie10TheServerFreezes(t *testing.T) {
	l := measuretest.Lab{Plan: `
name: freezing
question: Is the lie noticed?
schemes: [token-hs256]
latency: {replicas: 1, rates: [3000], slice: 25s, samples: 60000}
`}
	l.Change = func(r *record.Slice) {
		if r.Scheme == "token-hs256" {
			freeze(r, 3000, 512)
		}
	}
	text := shown(t, l)
	says(t, text,
		`token-hs256 at 3000/s: p99 from due is \d{3} times that from sent: the server froze or queued, which counting `+
			`from sent hides\.`,
		`\| token-hs256 +\| +3000 \| +75000 \| +1\.00 ms \| +1\.00 ms \| +\d{3} ms \|.*\| +1\.00 ms \| +1\.00 ms \|`)
	silent(t, text, `control(-again)? at 3000/s: p9`)
}

// TestLie10AFrozenServerIsNotFast does the same with the lab's own generator and a server that really freezes: all of
// the generator's connections wait, and the requests behind them are late through no fault of the generator.
func TestLie10AFrozenServerIsNotFast(t *testing.T) {
	var asked atomic.Uint64
	var still sync.RWMutex
	me := []byte(`{"id":"1","name":"alice","role":"user"}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 100 {
			still.Lock()
			time.Sleep(time.Second)
			still.Unlock()
		}
		still.RLock()
		defer still.RUnlock()
		w.Header().Set("X-Replica", "5f3a9c-0")
		w.Write(me)
	}))
	defer server.Close()
	target, err := load.NewTarget(server.URL, "/v1/me", "5f3a9c", 0, 1,
		[]credential.Credential{{User: "alice", Header: "Cookie", Value: "a=b", Me: me}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	lab := measuretest.Lab{Plan: `
name: freezing
question: Is the lie noticed?
schemes: [token-hs256]
latency: {replicas: 1, rates: [1200], slice: 1300ms, samples: 1000}
`, Change: func(r *record.Slice) {
		if r.Scheme != "token-hs256" {
			return
		}
		if *r, err = load.Open(t.Context(), r.Cell, target,
			load.OpenOptions{Rate: r.Rate, Window: r.Window, Requests: io.Discard}); err != nil {
			t.Fatal(err)
		}
	}}
	text := shown(t, lab)
	for range 9 {
		if !strings.Contains(text, "*GENERATOR-BOUND*") {
			break
		}
		asked.Store(0) // the machine delayed the generator itself, and the lab says so: try again
		text = shown(t, lab)
	}
	if strings.Contains(text, "*GENERATOR-BOUND*") { // ten times: then the report shows no figure at all
		silent(t, text, figure("token-hs256"))
		return
	}
	says(t, text,
		`token-hs256 at 1200/s: p[0-9]+ from due is \d+ times that from sent: the server froze or queued, which counting `+
			`from sent hides\.`,
		figure("token-hs256"))
}

// freeze replaces the latencies of a slice with those of a server that answers within a millisecond, but freezes for a
// second.
func freeze(r *record.Slice, rate, connections int) {
	const from, to, service = 10 * time.Second, 11 * time.Second, time.Millisecond
	var ends []time.Duration
	var sent, due []time.Duration
	for i := range r.Planned {
		wanted := time.Duration(i) * time.Second / time.Duration(rate)
		start := wanted
		if n := int(i) - connections; n >= 0 {
			start = max(start, ends[n]) // all connections wait for an answer
		}
		end := start + service
		if end > from && start < to {
			end = to + service
		}
		ends, sent, due = append(ends, end), append(sent, end-start), append(due, end-wanted)
	}
	r.Latency, r.Corrected = encoded(sent), encoded(due)
}

func encoded(took []time.Duration) string {
	h := hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
	for _, d := range took {
		h.RecordValue(int64(d))
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		panic(err)
	}
	return string(text)
}
