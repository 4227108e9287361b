package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How a server tells its CPU time: ours exactly, others as Prometheus' clients do, in ticks of 10 ms.
const (
	exactCPU  = "authlab_cpu_seconds_total"
	tickedCPU = "process_cpu_seconds_total"
	answered  = "authlab_requests_total" // by route and status
)

// Remote meters a replica that the lab did not start by what it tells at /metrics, everything that it does for others included.
type Remote struct {
	name   string // within the lab: "replica-0"
	called string // by itself
	base   string
	metric string // how it tells its CPU time; "" if it does not
	counts bool   // it counts requests
}

// remote finds out what a replica tells.
func remote(ctx context.Context, name, called, base string) *Remote {
	r := &Remote{name: name, called: called, base: base}
	told, err := r.metrics(ctx)
	if err != nil {
		return r
	}
	for _, metric := range []string{tickedCPU, exactCPU} {
		if _, ok := told.values[metric]; ok {
			r.metric = metric
		}
	}
	r.counts = told.counts
	return r
}

// Name is the replica's name within the lab: "replica-0".
func (r *Remote) Name() string { return r.name }

// Read reads its CPU time; to be asked costs it some hundred microseconds.
func (r *Remote) Read() (Reading, error) {
	told, err := r.metrics(context.Background())
	if err != nil {
		return Reading{}, err
	}
	seconds, ok := told.values[r.metric]
	if !ok {
		return Reading{}, fmt.Errorf("%s/metrics does not tell %s any more", r.base, r.metric)
	}
	return Reading{CPU: time.Duration(seconds * float64(time.Second))}, nil
}

// Operations is how many requests for GET /v1/me it has answered since it started, for whomever. counted is false where it does not
// count them.
func (r *Remote) Operations() (n int64, counted bool, err error) {
	if !r.counts {
		return 0, false, nil
	}
	told, err := r.metrics(context.Background())
	return told.me, err == nil, err
}

// told is what a replica's /metrics has.
type told struct {
	values map[string]float64 // of figures without labels
	me     int64              // requests for GET /v1/me
	counts bool
}

// metrics reads a replica's /metrics, and makes sure that it is still the same replica: one that was started anew counts from zero.
func (r *Remote) metrics(ctx context.Context) (told, error) {
	t := told{values: map[string]float64{}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+"/metrics", nil)
	if err != nil {
		return t, err
	}
	answer, err := probe.Do(request)
	if err != nil {
		return t, fmt.Errorf("the replica at %s does not answer any more (%s)", r.base, plain(err))
	}
	defer answer.Body.Close()
	switch by := answer.Header.Get("X-Replica"); {
	case answer.StatusCode != http.StatusOK:
		return t, fmt.Errorf("%s/metrics is answered %d", r.base, answer.StatusCode)
	case by != r.called:
		return t, fmt.Errorf("at %s there is now the replica %q, and it was %q: replicas that come and go cannot be measured", r.base, by, r.called)
	}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		t.read(lines.Text())
	}
	if err := lines.Err(); err != nil {
		return t, errors.Join(fmt.Errorf("%s/metrics ended early", r.base), err)
	}
	return t, nil
}

// read takes one line in Prometheus' text format.
func (t *told) read(line string) {
	name, text, ok := strings.Cut(line, " ")
	if labelled := strings.IndexByte(line, '}'); labelled > 0 { // a label may hold a space
		name, text, ok = line[:labelled+1], strings.TrimSpace(line[labelled+1:]), true
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case !ok || err != nil:
	case !strings.HasPrefix(name, answered+"{"):
		t.values[name] = v
	default:
		t.counts = true
		if strings.Contains(name, `route="/v1/me"`) {
			t.me += int64(v)
		}
	}
}
