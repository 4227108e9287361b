package api

import (
	"net/http"
	rt "runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sys/unix"
)

// metrics is what a server tells Prometheus. It adds an atomic or two to a request.
type metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	inFlight atomic.Int64
	presence *presence // of the API's requests, not of those to /metrics
	requests *prometheus.CounterVec
}

func newMetrics(now func() time.Time) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), presence: newPresence()}
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "authlab_requests_total", Help: "Requests answered, by route and status.",
	}, []string{"route", "code"})
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "authlab_requests_in_flight", Help: "Requests being answered.",
		}, func() float64 { return float64(m.inFlight.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "authlab_request_seconds_total",
			Help: "Total time that the API's requests spent being answered; its rate is the mean number in flight.",
		}, m.presence.seconds),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "authlab_cpu_seconds_total", Help: "CPU time of this process, exact to the moment it is read.",
		}, processCPU),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "authlab_gc_cpu_seconds_total", Help: "CPU time of the garbage collector, up to its last cycle.",
		}, func() float64 { return sample("/cpu/classes/gc/total:cpu-seconds") }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "authlab_clock_seconds", Help: "The time since 1970 by this server's clock.",
		}, func() float64 { return float64(now().UnixMicro()) / 1e6 }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "authlab_live_heap_bytes", Help: "Heap that the last collection found alive, ballast included.",
		}, func() float64 { return sample("/gc/heap/live:bytes") }))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return m
}

// counts holds one route's answers by status. A counter is made when its status first occurs, so that the hot path
// neither builds nor looks up a label.
type counts struct {
	metrics  *metrics
	presence *presence // nil if not an API route
	name     string
	byCode   [600]atomic.Pointer[prometheus.Counter]
}

func (m *metrics) route(name string) *counts {
	c := &counts{metrics: m, name: name}
	if strings.Contains(name, "/v1/") {
		c.presence = m.presence
	}
	return c
}

func (c *counts) add(status int) {
	if status < 0 || status >= len(c.byCode) {
		return
	}
	counter := c.byCode[status].Load()
	if counter == nil {
		made := c.metrics.requests.WithLabelValues(c.name, strconv.Itoa(status))
		counter = &made
		c.byCode[status].Store(counter)
	}
	(*counter).Inc()
}

// processCPU is the process's CPU time in seconds. The clock includes running threads up to now; /proc/PID/stat has
// ticks of 10 ms.
func processCPU() float64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return float64(t.Nano()) / 1e9
}

func sample(name string) float64 {
	s := []rt.Sample{{Name: name}}
	rt.Read(s)
	switch s[0].Value.Kind() {
	case rt.KindUint64:
		return float64(s[0].Value.Uint64())
	case rt.KindFloat64:
		return s[0].Value.Float64()
	default:
		return 0
	}
}
