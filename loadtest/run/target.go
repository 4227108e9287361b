package run

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// TargetConfig says which servers are measured that stand already, and how gently.
type TargetConfig struct {
	Config
	Scheme         plan.Scheme // that they run
	URL            string      // where they answer, http://host:port
	Replicas       []string    // URLs of the replicas themselves
	Store          string      // URL of their store; "" where it is not asked
	Owned          bool        // they are the caller's to load, wherever they are
	As             []credential.Account
	Key            []byte // of load users, where As is empty
	LoadUsers      int    // how many of these they have
	MaxRate        float64
	MaxConnections int
	Begin          time.Time // of the first slice; zero for at once
}

// TargetRun is a run on a target: what stands is the arm of all its slices.
type TargetRun struct {
	*Run
	options TargetConfig
	target  *cluster.Target
	id      string         // of the target with these replicas and this row: the same for every generator
	salt    uint64         // of this generator's arrivals: those of several must not coincide
	skipped []record.Event // what the ceiling and the target leave of the plan
}

// OpenTarget finds the target, makes the plan one that it allows, and makes the folder. Its errors are Open's.
func OpenTarget(ctx context.Context, c TargetConfig) (*TargetRun, error) {
	s := &TargetRun{Run: &Run{config: c.Config, plan: c.Plan, began: time.Now(), costs: plan.ReadCosts(plan.CostsFile(c.Results))}, options: c}
	if err := roomFor(c.MaxConnections, "lower --max-connections"); err != nil {
		return nil, err
	}
	var err error
	if s.cpus, err = cluster.CPUs(); err != nil {
		return nil, err
	}
	if s.target, err = cluster.OpenTarget(ctx, cluster.TargetConfig{URL: c.URL, Replicas: c.Replicas, Store: c.Store, Owned: c.Owned}); err != nil {
		return nil, err
	}
	s.fit()
	if s.folder, err = record.NewFolder(c.Results, s.plan); err != nil {
		return nil, err
	}
	s.announce()
	replicas := "1 replica"
	if n := len(s.target.Names()); n != 1 {
		replicas = fmt.Sprintf("%d replicas", n)
	}
	s.progress.Say(fmt.Sprintf("%s: %s, at most %g requests/s over %d connections", s.target.URL(), replicas, c.MaxRate, c.MaxConnections))
	return s, nil
}

// fit makes the plan one that the target and the ceiling allow, and names the target for every run on it.
func (s *TargetRun) fit() {
	s.plan.Schemes = []string{s.options.Scheme.Name}
	t := s.plan.Target
	leave := func(what string, why message.Message, help string) {
		s.skipped = append(s.skipped, record.Event{Kind: record.Skipped, About: what, Said: why, Help: message.Text(help)})
	}
	if slow := slices.Max(t.Connections); slow > s.options.MaxConnections {
		leave("connections", message.New("event.connections-ceiling", "connections", slow, "ceiling", s.options.MaxConnections), "--max-connections")
		t.Connections = slices.DeleteFunc(t.Connections, func(n int) bool { return n > s.options.MaxConnections })
		if len(t.Connections) == 0 {
			t.Connections = []int{min(64, s.options.MaxConnections)}
		}
	}
	t.Rates = slices.DeleteFunc(t.Rates, func(rate float64) bool {
		if rate <= s.options.MaxRate {
			return false
		}
		leave("rate", message.New("event.rate-ceiling", "rate", rate, "ceiling", s.options.MaxRate), "--max-rate")
		return true
	})
	if s.target.Ticks() && t.Slice < plan.LongSlice {
		leave("short slices", message.New("event.ticks", "slice", plan.LongSlice, "instead", t.Slice), "servers that tell authlab_cpu_seconds_total")
		t.Slice = plan.LongSlice
	}
	switch {
	case len(s.options.As) > 0:
		s.plan.Users = min(s.plan.Users, len(s.options.As))
	case s.options.Key != nil:
		s.plan.Users = min(s.plan.Users, s.options.LoadUsers)
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Concat([]string{s.target.URL(), s.options.Scheme.Name}, s.target.Names()), "\n")))
	s.id = hex.EncodeToString(sum[:8])
}

// environment describes the generator's machine, and what is known of the target.
func (s *TargetRun) environment(ctx context.Context) (record.Environment, error) {
	e := s.whereAndHow(ctx)
	var nonce [8]byte
	rand.Read(nonce[:])
	e.Nonce, e.Platform, e.Budgets, e.Why = hex.EncodeToString(nonce[:]), "target", "none", "the servers are not the lab's"
	s.salt = binary.LittleEndian.Uint64(nonce[:])
	e.Parts = described(s.target.Parts())
	e.Target = &record.Target{
		URL: s.target.URL(), Replicas: s.target.Names(), Users: s.plan.Users, MaxRate: s.options.MaxRate, MaxConnections: s.options.MaxConnections,
		Unknown: s.target.Unknown(),
	}
	if s.options.Begin.IsZero() {
		return e, nil
	}
	c, err := s.target.Clock(ctx)
	e.Target.Clock = &record.Clock{Of: c.Of, Ahead: c.Ahead, Within: c.Within}
	return e, err
}
