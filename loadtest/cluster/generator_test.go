package cluster

import (
	"net/http"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestReadingsAreExact(t *testing.T) {
	l := openLab(t, Config{})
	c := start(t, l, Spec{Replicas: 1, CPUs: firstCPU(t)})
	p := c.Replica(0)
	var last Reading
	for i := range 3 {
		resp, err := http.Get(p.Addr() + "/work?for=30ms")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		r, err := p.Read()
		if err != nil {
			t.Fatal(err)
		}
		// In ticks it would be 20, 30 or 40 ms; the time beyond 30 ms is the request itself.
		if used := r.CPU - last.CPU; i > 0 &&
			(used < 30*time.Millisecond || used > 60*time.Millisecond || used%time.Millisecond == 0) {
			t.Errorf("30 ms of work are read as %s", used)
		}
		if i > 0 && r.Switches <= last.Switches {
			t.Errorf("no context switch in a request: %d, then %d", last.Switches, r.Switches)
		}
		if r.Resident < 1<<20 || r.Throttled != 0 {
			t.Errorf("%+v", r)
		}
		last = r
	}
	before, err1 := p.Read()
	work(50 * time.Millisecond) // this process's use is not the replica's
	after, err2 := p.Read()
	if idle := after.CPU - before.CPU; err1 != nil || err2 != nil || idle > 5*time.Millisecond {
		t.Errorf("an idle replica used %s while this process used 50 ms: %v, %v", idle, err1, err2)
	}
}

func TestSelf(t *testing.T) {
	before, err := Self().Read()
	if err != nil {
		t.Fatal(err)
	}
	for end := before.CPU + 5*time.Millisecond; ; {
		r, err := Self().Read()
		if err != nil {
			t.Fatal(err)
		}
		if r.CPU > end {
			break
		}
	}
	if before.Resident <= 0 || before.Switches <= 0 || Self().Name() != "generator" {
		t.Errorf("%+v", before)
	}
}

func TestPinning(t *testing.T) {
	cpus, err := CPUs()
	if err != nil {
		t.Fatal(err)
	}
	if len(cpus) < 2 {
		t.Skip("needs two cores")
	}
	l := openLab(t, Config{})
	restore, err := PinSelf(cpus[1:2])
	if err != nil {
		t.Fatal(err)
	}
	pinned := start(t, l, Spec{Name: "pinned", Replicas: 1, CPUs: map[Tier][]int{Replica: cpus[:1]}})
	free := start(t, l, Spec{Name: "free", Replicas: 1})
	for name, test := range map[string]struct {
		pid  int
		want []int
	}{
		"the lab":                {os.Getpid(), cpus[1:2]},
		"a pinned replica":       {pid(pinned.Replica(0)), cpus[:1]},
		"a replica that is free": {pid(free.Replica(0)), cpus},
	} {
		if got := affinity(t, test.pid); !slices.Equal(got, test.want) {
			t.Errorf("%s may use the cores %v, want %v", name, got, test.want)
		}
	}
	ran := make(chan []int)
	for range 4 * runtime.NumCPU() { // on old and new threads
		go func() {
			runtime.LockOSThread()
			ran <- affinity(t, 0)
		}()
	}
	for range 4 * runtime.NumCPU() {
		if got := <-ran; !slices.Equal(got, cpus[1:2]) {
			t.Errorf("a thread of the lab may use the cores %v", got)
		}
	}
	restore()
	if got := affinity(t, os.Getpid()); !slices.Equal(got, cpus) {
		t.Errorf("afterwards the lab may use the cores %v, want %v", got, cpus)
	}
}

func affinity(t *testing.T, pid int) (cpus []int) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(pid, &set); err != nil {
		t.Error(err)
	}
	for cpu := range 1024 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

func BenchmarkRead(b *testing.B) {
	l := openLab(b, Config{})
	c := start(b, l, Spec{Name: "lone", Replicas: 1})
	for b.Loop() {
		if _, err := c.Replica(0).Read(); err != nil {
			b.Fatal(err)
		}
	}
}
