package cluster

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// How a server reports its CPU time: this project's servers exactly, others as Prometheus' clients do, in ticks of 10
// ms.
const (
	exactCPU  = "authlab_cpu_seconds_total"
	tickedCPU = "process_cpu_seconds_total"
	answered  = "authlab_requests_total" // by route and status
)

// Remote meters a replica that the lab did not start, by what the replica reports at /metrics. That includes its work
// for other clients.
type Remote struct {
	name   string // in the lab: "replica-0"
	called string // its own name for itself
	base   string
	client *http.Client
	metric string // how it reports its CPU time; "" if it does not
	counts bool   // it counts requests

	mu   sync.Mutex
	used time.Duration // CPU time at the last Read
}

// remote finds out what a replica reports.
func remote(ctx context.Context, client *http.Client, name, called, base string) *Remote {
	r := &Remote{name: name, called: called, base: base, client: client}
	told, err := r.metrics(ctx)
	if err != nil {
		return r
	}
	for _, metric := range []string{tickedCPU, exactCPU} {
		if _, ok := told.Sum(metric, nil); ok {
			r.metric = metric
		}
	}
	_, r.counts = told.Sum(answered, nil)
	return r
}

// Name is the replica's name in the lab: "replica-0".
func (r *Remote) Name() string { return r.name }

// Read reads its CPU time. Each question costs the replica some hundred microseconds.
func (r *Remote) Read() (Reading, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	told, err := r.metrics(context.Background())
	if err != nil {
		return Reading{}, err
	}
	seconds, ok := told.Sum(r.metric, nil)
	switch {
	case !ok:
		return Reading{}, fmt.Errorf("%s/metrics does not tell %s any more", r.base, r.metric)
	case !(seconds >= 0 && seconds < mostCPU):
		return Reading{}, fmt.Errorf("%s/metrics says that %s is %v, which is not a CPU time", r.base, r.metric, seconds)
	}
	cpu := time.Duration(seconds * float64(time.Second))
	if cpu < r.used {
		return Reading{}, fmt.Errorf("at %s the CPU time of %.100q fell from %v to %v: a replica that is started anew "+
			"cannot be measured", r.base, r.called, r.used, cpu)
	}
	r.used = cpu
	return Reading{CPU: cpu}, nil
}

// mostCPU is more seconds of CPU time than any replica has used: thirty years.
const mostCPU = 1e9

// Operations is how many requests for GET /v1/me it has answered since it started, for all clients. counted is false
// where it does not count them.
func (r *Remote) Operations() (n int64, counted bool, err error) {
	if !r.counts {
		return 0, false, nil
	}
	told, err := r.metrics(context.Background())
	me, _ := told.Sum(answered, map[string]string{"route": "/v1/me"})
	return int64(me), err == nil, err
}

// metrics reads a replica's /metrics, and checks that it is still the same replica: one that was restarted counts from
// zero.
func (r *Remote) metrics(ctx context.Context) (Metrics, error) {
	told, err := readMetrics(ctx, r.client, r.base)
	if err == nil && told.Replica != r.called {
		err = fmt.Errorf("at %s there is now the replica %.100q, and it was %.100q: replicas that come and go "+
			"cannot be measured", r.base, told.Replica, r.called)
	}
	return told, err
}
