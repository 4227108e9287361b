package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"authlab/loadtest/wire"
)

// Metrics is what a server reports at /metrics.
type Metrics struct {
	Replica  string // the server's name, from X-Replica
	families map[string]*dto.MetricFamily
}

// ReadMetrics asks a server for its metrics, within two seconds. The error says what it answered instead.
func ReadMetrics(ctx context.Context, base string) (Metrics, error) {
	return readMetrics(ctx, probe, base)
}

// mostMetrics is how many bytes of a server's metrics are read: many times what any server has.
const mostMetrics = 16 << 20

func readMetrics(ctx context.Context, client *http.Client, base string) (Metrics, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/metrics", nil)
	if err != nil {
		return Metrics{}, err
	}
	answer, err := client.Do(request)
	if lack := wire.Lack(err); lack != "" {
		return Metrics{}, fmt.Errorf("the replica at %s was not asked: %s", base, lack)
	}
	if err != nil {
		return Metrics{}, fmt.Errorf("the replica at %s does not answer any more (%s)", base, plain(err))
	}
	defer answer.Body.Close()
	m := Metrics{Replica: answer.Header.Get("X-Replica")}
	if answer.StatusCode != http.StatusOK {
		return m, fmt.Errorf("%s/metrics answers %d", base, answer.StatusCode)
	}
	text := expfmt.NewTextParser(model.LegacyValidation)
	if m.families, err = text.TextToMetricFamilies(io.LimitReader(answer.Body, mostMetrics)); err != nil {
		return m, fmt.Errorf("%s/metrics cannot be read: %s", base, reason(err, ""))
	}
	return m, nil
}

// Sum adds up the counters or gauges of one name whose labels have all of those values. told is false where none has
// that name.
func (m Metrics) Sum(name string, labels map[string]string) (sum float64, told bool) {
	family, told := m.families[name]
	for _, metric := range family.GetMetric() {
		if carries(metric, labels) {
			sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + metric.GetUntyped().GetValue()
		}
	}
	return sum, told
}

func carries(metric *dto.Metric, labels map[string]string) bool {
	found := 0
	for _, l := range metric.GetLabel() {
		if want, ok := labels[l.GetName()]; ok && want == l.GetValue() {
			found++
		}
	}
	return found == len(labels)
}
