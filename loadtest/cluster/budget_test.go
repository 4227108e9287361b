package cluster

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/cluster/claim"
)

// budgetLab is a lab on a machine that can hold budgets.
func budgetLab(t *testing.T) *Lab {
	l := openLab(t, Config{})
	if m := l.Budgets(); m.Name == "none" {
		if os.Geteuid() != 0 {
			t.Skip("no CPU budgets for this user: " + m.Why)
		}
		needs(t, false, "CPU budgets: "+m.Why)
	}
	return l
}

// burn keeps a replica busy and returns the share of a core that it got.
func burn(t *testing.T, c *Cluster, p *Process, d time.Duration) (share float64, throttled time.Duration) {
	t.Helper()
	before, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	resp, err := http.Get(p.Addr() + "/burn?for=" + d.String())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	after, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	return (after.CPU - before.CPU).Seconds() / time.Since(began).Seconds(), after.Throttled - before.Throttled
}

// keepsTo holds a replica to a budget. The replica can be throttled only where the machine gave it more than that.
func keepsTo(t *testing.T, c *Cluster, p *Process, budget, most float64) {
	t.Helper()
	for end := time.Now().Add(unhurried); ; {
		share, throttled := burn(t, c, p, time.Second)
		if share > most {
			t.Errorf("with a budget of %.1f: %.2f of a core, throttled %s", budget, share, throttled)
		}
		if throttled > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("nothing throttles a replica with a budget of %.1f", budget)
		}
	}
}

func TestBudgetsHold(t *testing.T) {
	l := budgetLab(t)
	c := start(t, l, Spec{Name: "lone", Replicas: 2, Budgets: map[Tier]float64{Replica: 0.2}})
	for _, p := range c.Processes() {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid(p)))
		if !strings.Contains(string(text), claim.Prefix+l.Nonce()+"/lone."+p.Name()) {
			t.Errorf("%s is not in its cgroup:\n%s", p, text)
		}
	}
	if env, _ := environmentOf(t, c); !strings.Contains(strings.Join(env, " "), "GOMAXPROCS=1") {
		t.Error("a budgeted replica runs without GOMAXPROCS=1")
	}
	p := c.Replica(0)
	// How much CPU an unlimited process gets depends on the machine's other work, but it must never be throttled.
	if share, throttled := burn(t, c, p, 300*time.Millisecond); throttled > 0 {
		t.Errorf("before Limit: %.2f of a core, throttled %s", share, throttled)
	}
	if err := c.Limit(); err != nil {
		t.Fatal(err)
	}
	keepsTo(t, c, p, 0.2, 0.25)
	if err := c.SetBudget(Replica, 0.1); err != nil {
		t.Fatal(err)
	}
	keepsTo(t, c, p, 0.1, 0.14)
	// One that is granted in longer periods, because the kernel refuses a quota of 0.4 ms in 20.
	if err := c.SetBudget(Replica, 0.02); err != nil {
		t.Fatal(err)
	}
	keepsTo(t, c, p, 0.02, 0.05)
	if err := c.SetBudget(Replica, 0); err != nil {
		t.Fatal(err)
	}
	if share, throttled := burn(t, c, p, 300*time.Millisecond); throttled > 0 {
		t.Errorf("with the budget taken away: %.2f of a core, throttled %s", share, throttled)
	}
	if err := c.SetBudget(Replica, 0.009); err == nil {
		t.Error("a budget that is too small was taken")
	}
	dirs := groupsOf(l.Nonce())
	if len(dirs) == 0 {
		t.Error("the lab's control group is not where the test looks for it")
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	for _, dir := range dirs {
		if left, _ := filepath.Glob(dir + "/*replica*"); len(left) > 0 {
			t.Errorf("cgroups are left after Stop: %v", left)
		}
	}
}

// TestWhoLeavesItsGroupIsNoticed moves a replica out of its group: one thread where the kernel can, or all of it.
func TestWhoLeavesItsGroupIsNoticed(t *testing.T) {
	l := budgetLab(t)
	c := start(t, l, Spec{Name: "lone", Replicas: 2, Budgets: map[Tier]float64{Replica: 0.5}})
	confined := func(i int) bool {
		held, err := c.Replica(i).Confined()
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	if !confined(0) || !confined(1) {
		t.Error("a replica that was started in its group is not there")
	}
	tree, err := cgroup.This()
	if err != nil {
		t.Fatal(err)
	}
	file, id := "cgroup.procs", pid(c.Replica(0))
	if tree.Version == 1 {
		threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", id))
		file = "tasks"
		fmt.Sscan(threads[len(threads)-1].Name(), &id)
	}
	if err := os.WriteFile(filepath.Join(tree.Home, file), fmt.Append(nil, id), 0o644); err != nil {
		t.Fatal(err)
	}
	if confined(0) || !confined(1) {
		t.Error("a replica left its group unnoticed, or the other is suspected")
	}
}

func TestBudgetsNeedAGroup(t *testing.T) {
	l := openLab(t, Config{})
	c := start(t, l, Spec{Replicas: 1})
	if err := c.SetBudget(Replica, 0.5); err == nil || !strings.Contains(err.Error(), "without a CPU budget") {
		t.Errorf("got %v", err)
	}
	if err := c.Limit(); err != nil {
		t.Errorf("a cluster without budgets has nothing to limit: %v", err)
	}
}
