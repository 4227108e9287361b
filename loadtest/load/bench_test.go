package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"authlab/loadtest/cluster"
)

// responder makes this test's binary a server that costs as little as one can: what remains is the generator's cost.
const responder = "LOAD_TEST_RESPONDER"

func TestMain(m *testing.M) {
	if os.Getenv(responder) != "" {
		respond()
	}
	os.Exit(m.Run())
}

// respond answers everything with the first of people, until its standard input ends.
func respond() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + l.Addr().String())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	me := people(1)[0].Me
	reply := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nX-Replica: %s-0\r\n"+
		"Date: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s", nonce, len(me), me)
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 4096)
			for {
				if _, err := c.Read(buf); err != nil { // requests are small: one arrives at once
					return
				}
				if _, err := c.Write(reply); err != nil {
					return
				}
			}
		}()
	}
}

func startResponder(b *testing.B) string {
	b.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), responder+"=1")
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
	return strings.TrimSpace(base)
}

// BenchmarkGenerator is what one request costs the generator, in CPU time of its own process, by the way it is driven.
func BenchmarkGenerator(b *testing.B) {
	const connections, slice = 16, 200 * time.Millisecond
	base := startResponder(b)
	attacked := func(client *http.Client) (n uint64) {
		attacker := vegeta.NewAttacker(vegeta.Client(client), vegeta.Workers(connections),
			vegeta.MaxWorkers(connections), vegeta.MaxBody(0))
		targeter := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: base + "/v1/me"})
		for range attacker.Attack(targeter, vegeta.ConstantPacer{}, slice, "") {
			n++
		}
		return n
	}
	plain := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	for _, way := range []struct {
		name string
		run  func(t *Target) uint64
	}{
		{"Vegeta-net/http", func(*Target) uint64 { return attacked(plain) }},
		{"Vegeta-lean", func(t *Target) uint64 {
			loop := &openLoop{target: t, idle: append([]*lane(nil), t.ready(connections)...), answers: make([]received, 1<<20)}
			return attacked(&http.Client{Transport: loop})
		}},
		{"lean", func(t *Target) uint64 {
			row, err := Closed(context.Background(), cell, t, ClosedOptions{Connections: connections, Window: slice})
			if err != nil || row.Verdicts[OK] != row.Sent {
				b.Fatal(row.Verdicts, err)
			}
			return row.Served
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			to := target(b, base, 1)
			way.run(to) // connects
			before, _ := cluster.Self().Read()
			var n uint64
			for b.Loop() {
				n += way.run(to)
			}
			after, _ := cluster.Self().Read()
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64((after.CPU-before.CPU).Microseconds())/float64(n), "CPU-µs/request")
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
