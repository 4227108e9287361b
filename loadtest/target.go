package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// targetOptions say which servers are measured that stand already, and how gently.
type targetOptions struct {
	url, scheme, store, users, loadKey, at string
	replicas                               []string
	loadUsers, maxConnections              int
	maxRate                                float64
	owned                                  bool
}

func (o *targetOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.url, "target", "", "measure the servers that answer at this URL, http://host:port, instead of starting some")
	f.StringVar(&o.scheme, "scheme", "", "row that the target runs, such as session-redis")
	f.StringSliceVar(&o.replicas, "replicas", nil, "URLs of the target's replicas themselves, for their /metrics; a name with several addresses stands for all of them")
	f.StringVar(&o.store, "store", "", "the target's store, redis://host:port, to be asked what it used")
	f.StringVar(&o.users, "users", "", "file (mode 0600) with a name and a password on each line, to sign in at the target")
	f.StringVar(&o.loadKey, "load-key-file", "", "file (mode 0600) that the target's servers were started with as --load-key-file")
	f.IntVar(&o.loadUsers, "load-users", 0, "how many load users they were started with")
	f.BoolVar(&o.owned, "i-own-this-target", false, "the target is yours to load, though it is neither loopback nor a container of this machine")
	f.Float64Var(&o.maxRate, "max-rate", 1000, "the target gets no more requests/s than this")
	f.IntVar(&o.maxConnections, "max-connections", 64, "the target gets no more connections than this")
	f.StringVar(&o.at, "at", "", "when the first slice begins, 15:04:05 or as RFC 3339: give several generators the same, then merge their runs")
}

// stray is a flag that was given though there is no target; "" if none was.
func (o *targetOptions) stray(given *pflag.FlagSet) string {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(targetOptions).flags(own)
	found := ""
	given.Visit(func(f *pflag.Flag) {
		if own.Lookup(f.Name) != nil {
			found = f.Name
		}
	})
	return found
}

// check refuses what cannot be done, in a sentence each.
func (o *targetOptions) check() error {
	store, err := url.Parse(o.store)
	switch {
	case o.scheme == "":
		return errors.New("say with --scheme what the target runs, such as session-redis: what it promises is what is checked")
	case err == nil && store.User != nil:
		return errors.New("a password on the command line can be seen by every user of this machine: give the store's URL as AUTHLAB_REDIS_URL in the environment")
	case !(o.maxRate >= minTargetRate && o.maxRate <= maxTargetRate):
		return fmt.Errorf("--max-rate must be between %g and %d requests/s, not %g", minTargetRate, maxTargetRate,
			o.maxRate)
	case o.maxConnections < 1 || o.maxConnections > maxTargetConnections:
		return fmt.Errorf("--max-connections must be between 1 and %d, not %d", maxTargetConnections, o.maxConnections)
	case o.loadUsers < 0 || o.loadUsers > plan.MostUsers:
		return fmt.Errorf("--load-users must be between 1 and %d, not %d", plan.MostUsers, o.loadUsers)
	case o.users != "" && o.loadKey != "":
		return errors.New("users come from --users or from --load-key-file, not from both")
	case o.loadKey != "" && o.loadUsers < 1:
		return errors.New("--load-key-file needs --load-users: as many as the target's servers were started with")
	}
	return nil
}

// What a target is loaded with: so many connections at most, because a generator holds no more; and requests/s that
// its pacer can send.
const (
	maxTargetConnections = 512
	minTargetRate        = 0.1
	maxTargetRate        = 1_000_000
)

// people are who signs in: accounts of a file, or load users under a key.
func (o *targetOptions) people(scheme plan.Scheme) (as []credential.Account, key []byte, err error) {
	switch {
	case scheme.Carrier == plan.ByName:
		return nil, nil, nil
	case o.users != "":
		as, err = credential.ReadAccounts(o.users)
	case o.loadKey != "":
		key, err = credential.ReadKey(o.loadKey)
	default:
		err = errors.New("somebody must sign in: --users names a file of names and passwords; or, where the servers have load users, --load-key-file and --load-users")
	}
	return as, key, err
}

// begin is when the first slice begins; zero for at once.
func (o *targetOptions) begin(now time.Time) (time.Time, error) {
	if o.at == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, o.at)
	if clock, short := time.ParseInLocation(time.TimeOnly, o.at, now.Location()); short == nil {
		at, err = time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, now.Location()), nil
	}
	if err != nil || !at.After(now) {
		return at, fmt.Errorf("--at %s is no time to come, such as 15:04:05 of today or %s", o.at, now.Add(time.Minute).Format(time.RFC3339))
	}
	return at, nil
}

// targetRun is a run on a target: what stands is the arm of all its slices.
type targetRun struct {
	*run
	options targetOptions
	scheme  plan.Scheme
	target  *cluster.Target
	id      string // of the target with these replicas and this row: the same for every generator
	salt    uint64 // of this generator's arrivals: those of several must not coincide
	begin   time.Time
	as      []credential.Account
	key     []byte
	skipped []measure.Event // what the ceiling and the target leave of the plan
}

// benchTarget measures servers that stand already, from the plan to the report.
func benchTarget(ctx context.Context, o options, stdout io.Writer) error {
	s, err := newTargetRun(o)
	if err != nil {
		return asked(err)
	}
	if err := roomFor(s.options.maxConnections, "lower --max-connections"); err != nil {
		return failure{wentWrong, err}
	}
	if s.cpus, err = cluster.CPUs(); err != nil {
		return failure{wentWrong, err}
	}
	if s.target, err = cluster.OpenTarget(ctx, cluster.TargetConfig{
		URL: s.options.url, Replicas: s.options.replicas, Store: s.options.store, Owned: s.options.owned,
	}); err != nil {
		if _, wrong := errors.AsType[cluster.Misuse](err); wrong {
			return asked(err)
		}
		return explainEnd(err, "nothing was measured")
	}
	s.fit()
	if s.folder, err = newFolder(o.results, s.plan); err != nil {
		return failure{wentWrong, err}
	}
	duration := s.plan.Duration(s.costs)
	s.progress = newProgress(stdout, duration)
	s.progress.say(fmt.Sprintf("%s takes about %s; Ctrl-C ends it early and keeps what was measured", s.plan.Name, brief(duration)))
	replicas := "1 replica"
	if n := len(s.target.Names()); n != 1 {
		replicas = fmt.Sprintf("%d replicas", n)
	}
	s.progress.say(fmt.Sprintf("%s: %s, at most %g requests/s over %d connections", s.target.URL(), replicas, s.options.maxRate, s.options.maxConnections))
	return s.conclude(s.measure(ctx, o), o, stdout)
}

// newTargetRun reads what was asked for.
func newTargetRun(o options) (*targetRun, error) {
	s := &targetRun{run: &run{began: time.Now(), costs: plan.ReadCosts(costsFile(o.results))}, options: o.target}
	if s.options.store == "" {
		s.options.store = o.redisURL
	}
	if err := o.target.check(); err != nil {
		return nil, err
	}
	var err error
	if s.scheme, err = plan.SchemeNamed(o.target.scheme); err != nil {
		return nil, err
	}
	if s.plan, err = plan.Load(o.plan); err != nil {
		return nil, err
	}
	if s.plan.Target == nil {
		return nil, fmt.Errorf("the plan %s starts servers of its own, with budgets, and compares them with a control: a target has none of it; leave --plan out, or give a .yaml file with a target", s.plan.Name)
	}
	if s.begin, err = o.target.begin(s.began); err != nil {
		return nil, err
	}
	s.as, s.key, err = o.target.people(s.scheme)
	return s, err
}

// fit makes the plan one that the target and the ceiling allow, and names the target for every run on it.
func (s *targetRun) fit() {
	s.plan.Schemes = []string{s.scheme.Name}
	t := s.plan.Target
	leave := func(what, why, provide string) {
		s.skipped = append(s.skipped, measure.Event{Kind: measure.Skipped, Arm: what, Sentence: why, Provide: provide})
	}
	if slow := slices.Max(t.Connections); slow > s.options.maxConnections {
		leave("connections", fmt.Sprintf("the plan asks for %d connections, and %d is the ceiling", slow, s.options.maxConnections), "--max-connections")
		t.Connections = slices.DeleteFunc(t.Connections, func(n int) bool { return n > s.options.maxConnections })
		if len(t.Connections) == 0 {
			t.Connections = []int{min(64, s.options.maxConnections)}
		}
	}
	t.Rates = slices.DeleteFunc(t.Rates, func(rate float64) bool {
		if rate <= s.options.maxRate {
			return false
		}
		leave("rate", fmt.Sprintf("the plan asks for %g requests/s, and %g is the ceiling", rate, s.options.maxRate), "--max-rate")
		return true
	})
	if s.target.Ticks() && t.Slice < plan.LongSlice {
		leave("short slices", fmt.Sprintf("the target tells its CPU time in ticks, so that slices are of %v and not of %v", plan.LongSlice, t.Slice), "servers that tell authlab_cpu_seconds_total")
		t.Slice = plan.LongSlice
	}
	switch {
	case len(s.as) > 0:
		s.plan.Users = min(s.plan.Users, len(s.as))
	case s.key != nil:
		s.plan.Users = min(s.plan.Users, s.options.loadUsers)
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Concat([]string{s.target.URL(), s.scheme.Name}, s.target.Names()), "\n")))
	s.id = hex.EncodeToString(sum[:8])
}

// environment describes the generator's machine, and what is known of the target.
func (s *targetRun) environment(ctx context.Context, o options) (measure.Environment, error) {
	e := whereAndHow(ctx, s.run, o)
	var nonce [8]byte
	rand.Read(nonce[:])
	e.Nonce, e.Platform, e.Budgets, e.Why = hex.EncodeToString(nonce[:]), "target", "none", "the servers are not the lab's"
	s.salt = binary.LittleEndian.Uint64(nonce[:])
	e.Parts = described(s.target.Parts())
	e.Target = &measure.Target{
		URL: s.target.URL(), Replicas: s.target.Names(), Users: s.plan.Users, MaxRate: s.options.maxRate, MaxConnections: s.options.maxConnections,
		Unknown: s.target.Unknown(),
	}
	if s.begin.IsZero() {
		return e, nil
	}
	c, err := s.target.Clock(ctx)
	e.Target.Clock = &measure.Clock{Of: c.Of, Ahead: c.Ahead, Within: c.Within}
	return e, err
}
