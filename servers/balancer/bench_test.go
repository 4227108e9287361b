package balancer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/perf/benchmath"
	"golang.org/x/sys/unix"
)

// part makes this test's binary one of the parts of BenchmarkAgainstReverseProxy, in a process of its own, so that each
// part's CPU can be measured. Its arguments follow it.
const part = "BALANCER_TEST_PART"

func TestMain(m *testing.M) {
	name, backend, _ := strings.Cut(os.Getenv(part), " ")
	if name == "" {
		os.Exit(m.Run())
	}
	u, err := url.Parse(backend)
	if err != nil {
		panic(err)
	}
	switch name {
	case "replica":
		go serveFixed(listen())
	case "plain":
		go http.Serve(listen(), httputil.NewSingleHostReverseProxy(u))
	case "balancer":
		c := Default()
		c.Backends, c.Frontends = []*url.URL{u}, []Frontend{{Addr: "127.0.0.1:0", Size: 1}}
		b, err := Listen(c)
		if err != nil {
			panic(err)
		}
		fmt.Printf("http://%s\n", b.Addrs()[0])
		go b.Serve(context.Background())
	}
	io.Copy(io.Discard, os.Stdin) // it ends with its parent
}

func listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("http://%s\n", l.Addr())
	return l
}

// serveFixed is a replica that costs as little as one can.
func serveFixed(l net.Listener) {
	const me = `{"id":"1","name":"alice","role":"user"}`
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Replica: 5f3a9c-0\r\n"+
		"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s", len(me), me)
	for {
		c, err := l.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 4<<10)
			for {
				if _, err := c.Read(buf); err != nil { // a request without a body comes in one piece
					return
				}
				if _, err := c.Write(answer); err != nil {
					return
				}
			}
		}()
	}
}

// process is a running part.
type process struct {
	base string
	pid  int
}

func start(b *testing.B, args string) process {
	b.Helper()
	c := exec.Command(os.Args[0])
	c.Env, c.Stderr = append(os.Environ(), part+"="+args), os.Stderr
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
	base, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return process{strings.TrimSpace(base), c.Process.Pid}
}

// cpu is the process's CPU time since it started, by the clock of clock_getcpuclockid(3).
func (p process) cpu(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.pid<<3|2), &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// clients are connections that each ask one request after the other.
type clients []connection

func connect(b *testing.B, p process, n int) (all clients) {
	b.Helper()
	for range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close() })
		all = append(all, connection{c, bufio.NewReader(c)})
	}
	return all
}

// saturate returns how many requests were answered before the window closed. All answers must be of the same length.
func (all clients) saturate(b *testing.B, window time.Duration) (answered int) {
	var mu sync.Mutex
	var running sync.WaitGroup
	end := time.Now().Add(window)
	for _, c := range all {
		running.Go(func() {
			n := 0
			for ; time.Now().Before(end); n++ {
				io.WriteString(c, "GET /v1/me HTTP/1.1\r\nHost: shop.example\r\nAuthorization: Bearer abc\r\n\r\n")
				answer, err := http.ReadResponse(c.from, nil)
				if err != nil || answer.StatusCode != http.StatusOK {
					b.Errorf("answered %+v, %v", answer, err)
					return
				}
				io.Copy(io.Discard, answer.Body)
			}
			mu.Lock()
			defer mu.Unlock()
			answered += n
		})
	}
	running.Wait()
	return answered
}

// BenchmarkAgainstReverseProxy is what a request costs the balancer, in CPU time of its process, beside
// httputil.ReverseProxy with its default settings, which keep two connections to the replica. Each iteration is a short
// slice of each. The ratio is the median of rounds, with its interval.
func BenchmarkAgainstReverseProxy(b *testing.B) {
	replica := start(b, "replica")
	names := []string{"plain", "balancer"}
	for _, n := range []int{2, 16} {
		b.Run(fmt.Sprintf("connections=%d", n), func(b *testing.B) {
			var parts []process
			var asking []clients
			for _, name := range names {
				p := start(b, name+" "+replica.base)
				parts, asking = append(parts, p), append(asking, connect(b, p, n))
				asking[len(asking)-1].saturate(b, 100*time.Millisecond)
			}
			costs, ratios := make([][]float64, 2), []float64{}
			order := rand.New(rand.NewPCG(1, 0))
			for b.Loop() {
				now := make([]float64, 2)
				for _, i := range order.Perm(2) {
					before := parts[i].cpu(b)
					answered := asking[i].saturate(b, 100*time.Millisecond)
					now[i] = float64((parts[i].cpu(b) - before).Nanoseconds()) / 1e3 / float64(answered)
					costs[i] = append(costs[i], now[i])
				}
				ratios = append(ratios, now[1]/now[0])
			}
			b.ReportMetric(0, "ns/op")
			for i, name := range names {
				b.ReportMetric(median(costs[i]).Center, name+"-µs")
			}
			ratio := median(ratios)
			b.ReportMetric(ratio.Center, "ratio")
			b.ReportMetric(ratio.Lo, "ratio-low")
			b.ReportMetric(ratio.Hi, "ratio-high")
		})
	}
}

// median has the order-statistic interval, which assumes nothing.
func median(values []float64) benchmath.Summary {
	return benchmath.AssumeNothing.Summary(benchmath.NewSample(values, &benchmath.DefaultThresholds), 0.95)
}
