package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Request is a line of a file of requests. Times are since the slice of its round began.
type Request struct {
	Round      int
	Seq        uint64        // in the order of the schedule
	Due, Start time.Duration // when it should have been sent, and when it was
	Latency    time.Duration // from Start
	Code       uint16        // HTTP status; 0 without an answer
	Verdict    Verdict
	Replica    int    // index; -1 where none answered
	BytesIn    uint64 // on the wire, headers included
}

// RequestsFile returns the file of the requests of one open-loop cell, relative to a run's folder.
func RequestsFile(cell string) string { return requests + cell + ".csv" }

// OpenLoop names the file of requests of a cell at a fixed rate.
func OpenLoop(scheme string, rate float64) string { return fmt.Sprintf("%s-%g", scheme, rate) }

// ReadRequests reads the requests of one cell, in the order in which they were answered. A line that the end of the run
// cut short is left out. The error is fs.ErrNotExist where the file is left out, as in committed runs; else it names
// the line.
func ReadRequests(dir, cell string) ([]Request, error) {
	text, err := os.ReadFile(filepath.Join(dir, RequestsFile(cell)))
	if err != nil {
		return nil, err
	}
	head, rest, _ := strings.Cut(string(text), "\n")
	if head+"\n" != RequestsHeader {
		return nil, fmt.Errorf("%s has other columns than this program writes: %q", RequestsFile(cell), head)
	}
	var all []Request
	n := 1
	for line := range strings.Lines(rest) {
		n++
		if !strings.HasSuffix(line, "\n") {
			break
		}
		r, err := parseRequest(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d of %s is not a request: %w", n, RequestsFile(cell), err)
		}
		all = append(all, r)
	}
	return all, nil
}

func parseRequest(line string) (r Request, err error) {
	cells := strings.Split(line, ",")
	if want := strings.Count(RequestsHeader, ",") + 1; len(cells) != want {
		return r, fmt.Errorf("it has %d columns, not %d", len(cells), want)
	}
	var errs []error
	number := func(i int) int64 {
		v, err := strconv.ParseInt(cells[i], 10, 64)
		errs = append(errs, err)
		return v
	}
	natural := func(i, bits int) uint64 {
		v, err := strconv.ParseUint(cells[i], 10, bits)
		errs = append(errs, err)
		return v
	}
	r = Request{
		Round: int(number(0)), Seq: natural(1, 64), Due: time.Duration(number(2)), Start: time.Duration(number(3)),
		Latency: time.Duration(number(4)), Code: uint16(natural(5, 16)), Verdict: Verdict(cells[6]),
		Replica: int(number(7)), BytesIn: natural(8, 64),
	}
	return r, errors.Join(errs...)
}
