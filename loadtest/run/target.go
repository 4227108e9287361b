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

// TargetConfig says which running servers to measure, and within which limits.
type TargetConfig struct {
	Config
	Scheme         plan.Scheme // the scheme that they run
	URL            string      // where they answer, http://host:port
	Replicas       []string    // URLs of the replicas themselves
	Store          string      // URL of their store; "" if the store is not to be asked
	Owned          bool        // the caller may load them, wherever they are
	As             []credential.Account
	Key            []byte // of the load users, where As is empty
	LoadUsers      int    // the number of load users that the servers have
	MaxRate        float64
	MaxConnections int
	Begin          time.Time // when the first slice begins; zero means immediately
}

// TargetRun is a run on a target: all its slices belong to the scheme that the target runs.
type TargetRun struct {
	*Run
	options TargetConfig
	target  *cluster.Target
	id      string         // of the target with these replicas and this scheme: the same for every generator
	salt    uint64         // of this generator's arrivals: the arrivals of two generators must not coincide
	skipped []record.Event // what the limits and the target exclude from the plan
}

// OpenTarget finds the target, fits the plan to it, and creates the folder. Its errors are like Open's.
func OpenTarget(ctx context.Context, c TargetConfig) (*TargetRun, error) {
	costs := plan.ReadCosts(plan.CostsFile(c.Results))
	s := &TargetRun{Run: &Run{config: c.Config, plan: c.Plan, began: time.Now(), costs: costs}, options: c}
	if err := roomFor(c.MaxConnections, "lower --max-connections"); err != nil {
		return nil, err
	}
	var err error
	if s.cpus, err = cluster.CPUs(); err != nil {
		return nil, err
	}
	s.target, err = cluster.OpenTarget(ctx, cluster.TargetConfig{
		URL: c.URL, Replicas: c.Replicas, Store: c.Store, Owned: c.Owned,
	})
	if err != nil {
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
	s.progress.Say(fmt.Sprintf("%s: %s, at most %g requests/s over %d connections",
		s.target.URL(), replicas, c.MaxRate, c.MaxConnections))
	return s, nil
}

// fit reduces the plan to what the target and the limits allow, and gives the target an ID that every run on it shares.
func (s *TargetRun) fit() {
	s.plan.Schemes = []string{s.options.Scheme.Name}
	t := s.plan.Target
	leave := func(what string, why message.Message, help string) {
		s.skipped = append(s.skipped, record.Event{
			Kind: record.Skipped, About: what, Said: why, Help: message.Text(help),
		})
	}
	if slow := slices.Max(t.Connections); slow > s.options.MaxConnections {
		leave("connections",
			message.New("event.connections-ceiling", "connections", slow, "ceiling", s.options.MaxConnections),
			"--max-connections")
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
		leave("short slices", message.New("event.ticks", "slice", plan.LongSlice, "instead", t.Slice),
			"servers that report authlab_cpu_seconds_total")
		t.Slice = plan.LongSlice
	}
	switch {
	case len(s.options.As) > 0:
		s.plan.Users = min(s.plan.Users, len(s.options.As))
	case s.options.Key != nil:
		s.plan.Users = min(s.plan.Users, s.options.LoadUsers)
	}
	names := slices.Concat([]string{s.target.URL(), s.options.Scheme.Name}, s.target.Names())
	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
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
		URL: s.target.URL(), Replicas: s.target.Names(), Users: s.plan.Users,
		MaxRate: s.options.MaxRate, MaxConnections: s.options.MaxConnections, Unknown: s.target.Unknown(),
	}
	if s.options.Begin.IsZero() {
		return e, nil
	}
	c, err := s.target.Clock(ctx)
	e.Target.Clock = &record.Clock{Of: c.Of, Ahead: c.Ahead, Within: c.Within}
	return e, err
}
