package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	vegeta "github.com/tsenart/vegeta/v12/lib"
	"golang.org/x/perf/benchmath"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// nullServer makes this test's binary the null server, in a process of its own, so that its CPU time does not count as
// the generator's.
const nullServer = "LOAD_TEST_NULL_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(nullServer) != "" {
		serveNull()
	}
	if steps := os.Getenv(workServer); steps != "" {
		serveWork(steps)
	}
	os.Exit(m.Run())
}

// serveNull ends when its standard input ends.
func serveNull() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + l.Addr().String())
	ctx, end := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		end()
	}()
	if err := ServeNull(ctx, l, nonce+"-0"); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// nullTarget starts the null server.
func nullTarget(b *testing.B) (base string, to *Target) {
	b.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), nullServer+"=1")
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); c.Wait() })
	base, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	base = strings.TrimSpace(base)
	if to, err = NewTarget(base, "/v1/me", nonce, 0, 1, []credential.Credential{NullCredential(nonce + "-0")},
		1); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(to.Close)
	return base, to
}

// vegetaAlone is a client as vegeta.NewAttacker makes it. It lives from slice to slice, so that no slice pays for new
// connections.
func vegetaAlone() *http.Client {
	return &http.Client{Timeout: vegeta.DefaultTimeout, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext,
		MaxIdleConnsPerHost: vegeta.DefaultConnections,
	}}
}

// vegetaDrives lets Vegeta ask base over client, with that many workers, for a while.
func vegetaDrives(
	client *http.Client, base string, workers uint64, p vegeta.Pacer, window time.Duration, each func(*vegeta.Result),
) {
	me := NullCredential(nonce + "-0")
	targeter := vegeta.NewStaticTargeter(vegeta.Target{
		Method: http.MethodGet, URL: base + "/v1/me", Header: http.Header{me.Header: {me.Value}},
	})
	attacker := vegeta.NewAttacker(vegeta.Client(client), vegeta.Workers(workers), vegeta.MaxWorkers(workers))
	for result := range attacker.Attack(targeter, p, window, "") {
		each(result)
	}
}

// BenchmarkAgainstVegeta measures what a request costs the generator at saturation, in CPU time of its own process, for
// each driver: Vegeta alone, Vegeta over our connections, and our loop. Each iteration is a round of short slices, one
// for each driver in shuffled order. The ratios are medians of rounds, with their intervals.
func BenchmarkAgainstVegeta(b *testing.B) {
	const connections, slice = 16, 100 * time.Millisecond
	base, to := nullTarget(b)
	vegetas := func(client *http.Client) (n uint64) {
		vegetaDrives(client, base, connections, vegeta.ConstantPacer{}, slice, func(r *vegeta.Result) {
			if n++; r.Code != http.StatusOK {
				b.Fatal(r.Code, r.Error)
			}
		})
		return n
	}
	alone := vegetaAlone()
	ways := []struct {
		name string
		run  func() (requests uint64)
	}{
		{"Vegeta", func() uint64 { return vegetas(alone) }},
		{"paced", func() uint64 {
			loop := &openLoop{target: to, idle: append([]*lane(nil), to.ready(connections)...), answers: make([]received, 1<<16)}
			return vegetas(&http.Client{Transport: loop})
		}},
		{"closed", func() uint64 {
			row, err := Closed(context.Background(), cell, to, ClosedOptions{Connections: connections, Window: slice})
			if err != nil || row.Verdicts[record.OK] != row.Sent {
				b.Fatal(row.Verdicts, err)
			}
			return row.Served
		}},
	}
	for _, way := range ways {
		way.run() // connects
	}
	costs, ratios := make([][]float64, len(ways)), make([][]float64, len(ways))
	order := rand.New(rand.NewPCG(1, 0))
	for b.Loop() {
		now := make([]float64, len(ways))
		for _, i := range order.Perm(len(ways)) {
			now[i] = cost(b, ways[i].run)
		}
		for i := range ways {
			costs[i], ratios[i] = append(costs[i], now[i]), append(ratios[i], now[i]/now[0])
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, way := range ways {
		b.ReportMetric(median(costs[i]).Center, way.name+"-µs")
		if i > 0 {
			ratio := median(ratios[i])
			b.ReportMetric(ratio.Center, way.name+"/Vegeta")
			b.ReportMetric(ratio.Lo, way.name+"/Vegeta-low")
			b.ReportMetric(ratio.Hi, way.name+"/Vegeta-high")
		}
	}
}

// cost is the CPU time that this process uses for each request that run makes, in µs. Garbage of earlier work is
// collected first.
func cost(b *testing.B, run func() uint64) float64 {
	b.Helper()
	runtime.GC()
	before, err := cluster.Self().Read()
	if err != nil {
		b.Fatal(err)
	}
	n := run()
	after, err := cluster.Self().Read()
	if err != nil {
		b.Fatal(err)
	}
	return float64((after.CPU - before.CPU).Nanoseconds()) / 1e3 / float64(n)
}

// median has the order-statistic interval, which assumes no distribution.
func median(values []float64) benchmath.Summary {
	return benchmath.AssumeNothing.Summary(benchmath.NewSample(values, &benchmath.DefaultThresholds), 0.95)
}

// counted stops a pacer after that many requests.
type counted struct {
	vegeta.Pacer
	most uint64
}

func (c counted) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	if hits >= c.most {
		return 0, true
	}
	return c.Pacer.Pace(elapsed, hits)
}

// BenchmarkPunctuality measures how late requests are at a fixed rate, in µs, and what each costs. Each iteration is a
// slice of Vegeta alone and a slice of an open loop, which must send as many requests. Vegeta does not report when its
// slice began. The benchmark takes its least late request as punctual, which favours Vegeta.
func BenchmarkPunctuality(b *testing.B) {
	const rate, window = 2000, 500 * time.Millisecond
	base, to := nullTarget(b)
	alone, planned := vegetaAlone(), len(schedule(rate, window, plan.Constant, 0))
	late := map[string]*hdrhistogram.Histogram{"Vegeta": record.NewHistogram(), "open": record.NewHistogram()}
	costs := map[string][]float64{}
	ways := map[string]func() uint64{
		"Vegeta": func() uint64 {
			var offsets []time.Duration
			pacer := counted{vegeta.ConstantPacer{Freq: rate, Per: time.Second}, uint64(planned)}
			vegetaDrives(alone, base, 16, pacer, 0, func(r *vegeta.Result) {
				due := time.Duration(r.Seq) * time.Second / rate
				offsets = append(offsets, r.Timestamp.Sub(time.Unix(0, 0))-due)
			})
			first := offsets[0]
			for _, o := range offsets {
				first = min(first, o)
			}
			for _, o := range offsets {
				record.Observe(late["Vegeta"], o-first)
			}
			return uint64(len(offsets))
		},
		"open": func() uint64 {
			row, err := Open(context.Background(), cell, to,
				OpenOptions{Rate: rate, Arrivals: plan.Constant, Window: window, Requests: io.Discard})
			if err != nil || row.Verdicts[record.OK] != row.Planned {
				b.Fatal(row.Verdicts, err)
			}
			lag, err := record.DecodeHistogram(row.Lag)
			if err != nil {
				b.Fatal(err)
			}
			late["open"].Merge(lag)
			return row.Sent
		},
	}
	for b.Loop() {
		for name, run := range ways { // in random order
			costs[name] = append(costs[name], cost(b, func() uint64 {
				n := run()
				if n != uint64(planned) {
					b.Fatalf("%s sent %d requests of %d planned", name, n, planned)
				}
				return n
			}))
		}
	}
	b.ReportMetric(0, "ns/op")
	for name := range ways {
		b.ReportMetric(median(costs[name]).Center, name+"-µs")
		for _, q := range []float64{50, 99} {
			b.ReportMetric(float64(late[name].ValueAtQuantile(q))/1e3, fmt.Sprintf("%s-late-p%g-µs", name, q))
		}
	}
}
