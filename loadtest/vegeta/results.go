package vegeta

import (
	"bufio"
	"io"
	"slices"
	"time"

	lib "github.com/tsenart/vegeta/v12/lib"

	"authlab/loadtest/record"
)

// From says from when on a latency counts.
type From func(record.Request) time.Duration

// FromSent is when a request was sent, as Vegeta itself has it. FromDue is when it should have been, which includes the
// time for which a slow server or generator kept it waiting.
func FromSent(r record.Request) time.Duration { return r.Start }

// FromDue says when a request should have been sent: see FromSent.
func FromDue(r record.Request) time.Duration { return r.Due }

// Results writes the requests of one cell as Vegeta's CSV, and returns their number. Began is when each round began;
// the requests of other rounds are left out. All results are one attack of the cell's name. They are numbered anew in
// the order of their timestamps, because vegeta plot waits for a number that is missing.
func Results(to io.Writer, cell string, requests []record.Request, began map[int]time.Time, from From) (int, error) {
	w := bufio.NewWriter(to)
	encode := lib.NewCSVEncoder(w)
	results := results(requests, began, from)
	for i, r := range results {
		r.Attack, r.Seq = cell, uint64(i)
		if err := encode(&r); err != nil {
			return i, err
		}
	}
	return len(results), w.Flush()
}

func results(requests []record.Request, began map[int]time.Time, from From) []lib.Result {
	var all []lib.Result
	for _, r := range requests {
		at, known := began[r.Round]
		if !known {
			continue
		}
		since := from(r)
		result := lib.Result{
			Code: r.Code, Timestamp: at.Add(since), Latency: r.Start + r.Latency - since, BytesIn: r.BytesIn,
			Method: "GET", URL: "/v1/me",
		}
		if r.Verdict != record.OK {
			result.Error = string(r.Verdict)
			if r.Code < 400 { // another user's answer, or another lab's: Vegeta would call it a success
				result.Code = 0
			}
		}
		all = append(all, result)
	}
	slices.SortStableFunc(all, func(a, b lib.Result) int { return a.Timestamp.Compare(b.Timestamp) })
	return all
}
