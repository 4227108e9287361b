package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/spf13/pflag"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/plan"
	"authlab/loadtest/run"
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

// benchTarget measures servers that stand already, from the plan to the report.
func benchTarget(ctx context.Context, o options, stdout io.Writer) error {
	c, err := o.targetConfig(stdout)
	if err != nil {
		return asked(err)
	}
	r, err := run.OpenTarget(ctx, c)
	if _, wrong := errors.AsType[cluster.Misuse](err); wrong {
		return asked(err)
	}
	if err != nil {
		return explainEnd(err, "nothing was measured")
	}
	defer r.Close()
	ended := r.Measure(ctx)
	r.Close()
	return conclude(r.Run, ended, o, stdout)
}

// targetConfig reads what was asked for.
func (o *options) targetConfig(stdout io.Writer) (c run.TargetConfig, err error) {
	t := &o.target
	if err := t.check(); err != nil {
		return c, err
	}
	if c.Scheme, err = plan.SchemeNamed(t.scheme); err != nil {
		return c, err
	}
	p, err := plan.Load(o.plan, all.Parts()...)
	if err != nil {
		return c, err
	}
	if p.Target == nil {
		return c, fmt.Errorf("the plan %s starts servers of its own, with budgets, and compares them with a control: a target has none of it; leave --plan out, or give a .yaml file with a target", p.Name)
	}
	c.Config = o.config(p, stdout)
	if c.Begin, err = t.begin(time.Now()); err != nil {
		return c, err
	}
	c.URL, c.Replicas, c.Store, c.Owned = t.url, t.replicas, cmp.Or(t.store, o.redisURL), t.owned
	c.LoadUsers, c.MaxRate, c.MaxConnections = t.loadUsers, t.maxRate, t.maxConnections
	c.As, c.Key, err = t.people(c.Scheme)
	return c, err
}
