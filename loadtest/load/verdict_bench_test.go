package load

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"authlab/loadtest/cluster"
	"authlab/loadtest/cluster/spawner"
	"authlab/loadtest/cluster/usage"
	"authlab/loadtest/credential"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// workServer makes this test's binary a server of net/http that works for each request, in a process of its own. Its
// value is how many steps.
const workServer = "LOAD_TEST_WORK_SERVER"

// ownWork is the work of the first server, in steps. It makes a request dear enough for Vegeta, which costs as much as
// a small server itself, to saturate the server.
const ownWork = 30_000

// connections are open to the server that is loaded, as in the lab's plans.
const connections = 64

// serveWork serves until it is killed.
func serveWork(steps string) {
	n, err := strconv.Atoi(steps)
	if err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	body := nullBody(nonce + "-0")
	var last atomic.Uint64 // keeps the compiler from leaving the work out
	fmt.Println("http://" + l.Addr().String())
	panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		x := last.Load()
		for range n {
			x = x*6364136223846793005 + 1442695040888963407
		}
		last.Store(x)
		w.Header().Set("X-Replica", nonce+"-0")
		w.Write(body)
	})))
}

// bout is where two servers meet: the machine's cores, and by how much they differ.
type bout struct {
	*testing.B
	spawner *spawner.Spawner
	cpus    []int
	work    [2]int // of each server, in steps
	order   *rand.Rand
	busy    map[string][]float64 // which share of its core a server used, by method
	ratios  []float64            // of all launches that stood side by side
}

func newBout(b *testing.B) *bout {
	b.Helper()
	cpus, err := cluster.CPUs()
	if err != nil || len(cpus) < 2 {
		b.Skip("needs two cores: ", cpus, err)
	}
	s, err := spawner.Open()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	unpin, err := cluster.PinAlone(cpus[1:2])
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(unpin)
	return &bout{B: b, spawner: s, cpus: cpus, order: rand.New(rand.NewPCG(1, 0)), busy: map[string][]float64{}}
}

// launched is one launch of a server, which has the first core to itself.
type launched struct {
	*usage.Program
	base   string
	target *Target
	stop   func()
}

// Name makes it a Meter.
func (*launched) Name() string { return string(cluster.Replica) }

func (b *bout) launch(work int) *launched {
	b.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	cmd, err := b.spawner.Start(spawner.Child{
		Path: os.Args[0], Env: []string{fmt.Sprintf("%s=%d", workServer, work), "GOMAXPROCS=1"}, CPUs: b.cpus[:1],
		Stdout: in, Stderr: os.Stderr,
	})
	in.Close()
	if err != nil {
		b.Fatal(err)
	}
	l := &launched{Program: usage.Of(cmd.Process.Pid, false), stop: func() { cmd.Process.Kill(); cmd.Wait() }}
	base, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		l.base = strings.TrimSpace(base)
		l.target, err = NewTarget(l.base, "/v1/me", nonce, 0, 1,
			[]credential.Credential{NullCredential(nonce + "-0")}, 1)
	}
	if err != nil {
		l.stop()
		b.Fatal(err)
	}
	return l
}

// end stops launches.
func end(all []*launched) {
	for _, l := range all {
		l.target.Close()
		l.stop()
	}
}

// visit returns the CPU cost of a request, in seconds, over a slice of load in closed loop. A slice without an answer
// is repeated: the machine was busy with something else.
func (b *bout) visit(l *launched, window time.Duration) float64 {
	b.Helper()
	row, err := Closed(b.Context(), record.Cell{}, l.target,
		ClosedOptions{Connections: connections, Window: window, Meters: []Meter{l}})
	if err != nil || row.Verdicts[record.OK] != row.Sent {
		b.Fatal(row.Verdicts, err)
	}
	if row.Served == 0 {
		return b.visit(l, window)
	}
	used := row.Use[l.Name()].CPU.Seconds()
	b.busy[hopping] = append(b.busy[hopping], used/row.Elapsed.Seconds())
	return used / float64(row.Served)
}

// hops is one run of the first method, with launches of its own.
func (b *bout) hops() verdict {
	b.Helper()
	began := time.Now()
	var all [2][]*launched
	for server := range all {
		defer func() { end(all[server]) }()
		for range standing {
			l := b.launch(b.work[server])
			all[server] = append(all[server], l)
			if _, err := Closed(b.Context(), record.Cell{}, l.target,
				ClosedOptions{Connections: connections, Window: hopSlice / 5}); err != nil { // connects, and warms caches
				b.Fatal(err)
			}
		}
	}
	v, ratios := hop(func(launch int) float64 {
		var cost [2]float64
		for _, server := range b.order.Perm(2) {
			cost[server] = b.visit(all[server][launch], hopSlice)
		}
		return cost[1] / cost[0]
	}, func() time.Duration { return time.Since(began) })
	b.ratios = append(b.ratios, ratios...)
	return v
}

// turns is one run of the other methods.
func (b *bout) turns() (corrected, peeked verdict) {
	b.Helper()
	began := time.Now()
	return inTurns(func(server int) float64 { return b.turn(b.work[server]) },
		func() time.Duration { return time.Since(began) })
}

// turn returns the requests/s that a new launch answers to Vegeta.
func (b *bout) turn(work int) float64 {
	b.Helper()
	length := turn
	if testing.Short() {
		length /= 10
	}
	l := b.launch(work)
	defer end([]*launched{l})
	client := vegetaAlone()
	defer client.CloseIdleConnections()
	start, before, answered := time.Now(), b.used(l), 0
	vegetaDrives(client, l.base, connections, vegeta.ConstantPacer{}, length, func(r *vegeta.Result) {
		if answered++; r.Code != http.StatusOK {
			b.Fatal(r.Code, r.Error)
		}
	})
	took := time.Since(start).Seconds()
	b.busy[turns] = append(b.busy[turns], (b.used(l)-before)/took)
	return float64(answered) / took
}

// used is the CPU time of a launch, in seconds.
func (b *bout) used(l *launched) float64 {
	b.Helper()
	r, err := l.Read()
	if err != nil {
		b.Fatal(err)
	}
	return r.CPU.Seconds()
}

// plant gives the second server that much more work. How much of a request the work is, launches with twice and without
// it tell.
func (b *bout) plant(share float64) {
	b.work = [2]int{ownWork, 2 * ownWork}
	b.hops()
	perOwnWork := stats.Ratios(b.ratios, 0).Center - 1
	b.work[1] = ownWork + int(share/perOwnWork*ownWork)
	b.ratios = nil
}

// BenchmarkVerdict prints how long each method takes to tell two servers apart; see verdict_test.go. Each iteration
// takes turns once and hops five times, in shuffled order. With -short a turn takes a second, to see whether it works.
func BenchmarkVerdict(b *testing.B) {
	for truth, planted := range []float64{0, 0.05} {
		b.Run(fmt.Sprintf("planted=%g%%", 100*planted), func(b *testing.B) { meet(b, truth, planted) })
	}
}

func meet(b *testing.B, truth int, planted float64) {
	at := newBout(b)
	at.plant(planted)
	hopped, turned, peeked := verdicts{method: hopping}, verdicts{method: turns}, verdicts{method: peeking}
	for b.Loop() {
		for _, i := range at.order.Perm(6) {
			if i > 0 {
				hopped.all = append(hopped.all, at.hops())
				continue
			}
			corrected, asPeopleDo := at.turns()
			turned.all, peeked.all = append(turned.all, corrected), append(peeked.all, asPeopleDo)
		}
	}
	b.ReportMetric(0, "ns/op")
	found := stats.Ratios(at.ratios, 0)
	fmt.Printf("\n\n%sBy %d launches, the second server costs %.1f %% [%.1f %.1f] more. "+
		"Under load, hopping kept its server's core busy for %.0f %% of the time, Vegeta for %.0f %%.\n\n",
		table(truth, hopped, turned, peeked), found.N, 100*(found.Center-1), 100*(found.Low-1), 100*(found.High-1),
		100*stats.Median(at.busy[hopping]), 100*stats.Median(at.busy[turns]))
}
