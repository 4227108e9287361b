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

// ownWork is the work of the first server, in steps. It makes a request expensive enough for Vegeta, which costs as
// much as a small server itself, to saturate the server.
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
	turn    time.Duration
	rounds  int // of each launch, to find the difference
	hops    int // for each run of turns
	order   *rand.Rand
	busy    map[string][]float64 // which share of its core a server used, by method
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
	at := &bout{
		B: b, spawner: s, cpus: cpus, order: rand.New(rand.NewPCG(1, 0)), busy: map[string][]float64{},
		turn: turn, rounds: 6, hops: 5,
	}
	if testing.Short() {
		at.turn, at.rounds, at.hops = turn/10, 1, 1
	}
	return at
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

// stand starts launches of both servers side by side.
func (b *bout) stand() (all [2][]*launched, down func()) {
	b.Helper()
	for server := range all {
		for range standing {
			l := b.launch(b.work[server])
			all[server] = append(all[server], l)
			b.load(l, hopSlice/5) // connects, and warms caches
		}
	}
	return all, func() { end(append(all[0], all[1]...)) }
}

// load sends a slice of load in closed loop.
func (b *bout) load(l *launched, window time.Duration) record.Slice {
	b.Helper()
	row, err := Closed(b.Context(), record.Cell{}, l.target,
		ClosedOptions{Connections: connections, Window: window, Meters: []Meter{l}})
	if err != nil || row.Verdicts[record.OK] != row.Sent {
		b.Fatal(row.Verdicts, err)
	}
	return row
}

// visit returns the CPU cost of a request, in seconds. A slice without an answer is repeated: the machine was busy with
// something else.
func (b *bout) visit(l *launched) float64 {
	b.Helper()
	row := b.load(l, hopSlice)
	if row.Served == 0 {
		return b.visit(l)
	}
	used := row.Use[l.Name()].CPU.Seconds()
	b.busy[hopping] = append(b.busy[hopping], used/row.Elapsed.Seconds())
	return used / float64(row.Served)
}

// round visits one launch of each server, and returns the ratio of their costs and the first server's.
func (b *bout) round(all [2][]*launched, launch int) (ratio, first float64) {
	b.Helper()
	var cost [2]float64
	for _, server := range b.order.Perm(2) {
		cost[server] = b.visit(all[server][launch])
	}
	return cost[1] / cost[0], cost[0]
}

// hop is one run of the first method, with launches of its own.
func (b *bout) hop() verdict {
	b.Helper()
	began := time.Now()
	all, down := b.stand()
	defer down()
	return hop(func(launch int) float64 {
		ratio, _ := b.round(all, launch)
		return ratio
	}, func() time.Duration { return time.Since(began) })
}

// difference is the ratio of the second server's cost to the first's, and the first's in seconds. It is no verdict: it
// ends at no look, and so is not biased as an estimate that ends when it is large enough.
func (b *bout) difference() (ratio, first stats.Estimate) {
	b.Helper()
	all, down := b.stand()
	defer down()
	ratios, firsts := make([]float64, standing), []float64{}
	for launch := range ratios {
		var of []float64
		for range b.rounds {
			ratio, first := b.round(all, launch)
			of, firsts = append(of, ratio), append(firsts, first)
		}
		ratios[launch] = stats.Median(of)
	}
	return stats.Ratios(ratios, 0), stats.Of(firsts)
}

// plant gives the second server more work than the first, so that a request costs that share more. How much of the cost
// is work, a server with twice the work tells.
func (b *bout) plant(share float64) {
	b.Helper()
	b.work = [2]int{ownWork, 2 * ownWork}
	twice, _ := b.difference()
	b.work[1] = ownWork + int(share/(twice.Center-1)*ownWork)
}

// takeTurns is one run of the other methods.
func (b *bout) takeTurns() (corrected, peeked verdict) {
	b.Helper()
	began := time.Now()
	return inTurns(func(server int) float64 { return b.drive(b.work[server]) },
		func() time.Duration { return time.Since(began) })
}

// drive returns the requests/s that a new launch answers to Vegeta.
func (b *bout) drive(work int) float64 {
	b.Helper()
	l := b.launch(work)
	defer end([]*launched{l})
	client := vegetaAlone()
	defer client.CloseIdleConnections()
	start, before, answered := time.Now(), b.used(l), 0
	vegetaDrives(client, l.base, connections, vegeta.ConstantPacer{}, b.turn, func(r *vegeta.Result) {
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

// BenchmarkVerdict prints how long each method takes to tell two servers apart; see verdict_test.go. Each iteration
// takes turns once and hops five times, in shuffled order. With -short it is only a look whether all of it works.
func BenchmarkVerdict(b *testing.B) {
	for truth, planted := range []float64{0, 0.05} {
		b.Run(fmt.Sprintf("planted=%g%%", 100*planted), func(b *testing.B) { meet(b, truth, planted) })
	}
}

func meet(b *testing.B, truth int, planted float64) {
	at := newBout(b)
	at.plant(planted)
	ratio, first := at.difference()
	hopped, turned, peeked := verdicts{method: hopping}, verdicts{method: turns}, verdicts{method: peeking}
	for b.Loop() {
		for _, i := range at.order.Perm(1 + at.hops) {
			if i > 0 {
				hopped.all = append(hopped.all, at.hop())
				continue
			}
			corrected, asPeopleDo := at.takeTurns()
			turned.all, peeked.all = append(turned.all, corrected), append(peeked.all, asPeopleDo)
		}
	}
	b.ReportMetric(0, "ns/op")
	fmt.Printf("\n\n%sA request takes the first server %.0f µs of CPU time and the second %.1f %% [%.1f %.1f] more.\n"+
		"Hopping kept the loaded server's core busy for %.0f %% of the time, Vegeta for %.0f %%.\n\n",
		table(truth, hopped, turned, peeked), 1e6*first.Center, 100*(ratio.Center-1), 100*(ratio.Low-1),
		100*(ratio.High-1), 100*stats.Median(at.busy[hopping]), 100*stats.Median(at.busy[turns]))
}
