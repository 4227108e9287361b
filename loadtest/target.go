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

// targetOptions say which running servers to measure, and with how much load at most.
type targetOptions struct {
	url, scheme, store, users, loadKey, at string
	replicas                               []string
	loadUsers, maxConnections              int
	maxRate                                float64
	owned                                  bool
}

// flags are those of a bench.
func (o *targetOptions) flags(f *pflag.FlagSet) {
	o.whoFlags(f)
	f.Lookup("target").Usage = "measure the servers that answer at this URL, http://host:port, instead of starting servers"
	f.StringSliceVar(&o.replicas, "replicas", nil,
		"URLs of the target's replicas themselves, for their /metrics; a name with several addresses stands for all of them")
	f.StringVar(&o.store, "store", "", "the target's store, redis://host:port, to read what it used")
	f.IntVar(&o.maxConnections, "max-connections", 64, "maximum connections to the target")
	f.StringVar(&o.at, "at", "",
		"when the first slice begins, 15:04:05 or as RFC 3339: give several generators the same time, then merge their runs")
}

// whoFlags say where servers run, and who signs in there.
func (o *targetOptions) whoFlags(f *pflag.FlagSet) {
	o.reachFlags(f, 1000)
	f.StringVar(&o.scheme, "scheme", "", "scheme that the target runs, such as session-redis")
	f.StringVar(&o.loadKey, "load-key-file", "",
		"file (mode 0600) that the target's servers were started with as --load-key-file")
	f.IntVar(&o.loadUsers, "load-users", 0, "number of load users that they were started with")
}

// reachFlags say where servers run, and what may be done there.
func (o *targetOptions) reachFlags(f *pflag.FlagSet, rate float64) {
	f.StringVar(&o.url, "target", "", "URL of the servers, http://host:port")
	f.StringVar(&o.users, "users", "",
		"file (mode 0600) with a name and a password on each line, to sign in at the target")
	f.BoolVar(&o.owned, "i-own-this-target", false,
		"the target is yours to load, though it is neither loopback nor a container of this machine")
	f.Float64Var(&o.maxRate, "max-rate", rate, "maximum requests/s to the target")
}

// stray is a flag that was given without a target; "" if there is none.
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

// check refuses what cannot be done, in one sentence.
func (o *targetOptions) check() error {
	store, err := url.Parse(o.store)
	switch {
	case o.scheme == "":
		return errors.New(
			"say with --scheme what the target runs, such as session-redis: the run checks what that scheme promises")
	case err == nil && store.User != nil:
		return errors.New(
			"every user of this machine can see a password on the command line: give the store's URL as AUTHLAB_REDIS_URL in " +
				"the environment")
	case o.checkRate() != nil:
		return o.checkRate()
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

func (o *targetOptions) checkRate() error {
	if o.maxRate >= minTargetRate && o.maxRate <= maxTargetRate {
		return nil
	}
	return fmt.Errorf("--max-rate must be between %g and %d requests/s, not %g", minTargetRate, maxTargetRate, o.maxRate)
}

// The maximum load on a target: the connections that one generator can hold, and the requests/s that its pacer can
// send.
const (
	maxTargetConnections = 512
	minTargetRate        = 0.1
	maxTargetRate        = 1_000_000
)

// people are the users who sign in: accounts of a file, or load users with a key.
func (o *targetOptions) people(scheme plan.Scheme) (as []credential.Account, key []byte, err error) {
	switch {
	case scheme.Carrier == plan.ByName:
		return nil, nil, nil
	case o.users != "":
		as, err = credential.ReadAccounts(o.users)
	case o.loadKey != "":
		key, err = credential.ReadKey(o.loadKey)
	default:
		err = errors.New(
			"there are no users to sign in: --users names a file of names and passwords; or, where the servers have load " +
				"users, give --load-key-file and --load-users")
	}
	return as, key, err
}

// begin is when the first slice begins; zero means at once.
func (o *targetOptions) begin(now time.Time) (time.Time, error) {
	if o.at == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, o.at)
	if clock, short := time.ParseInLocation(time.TimeOnly, o.at, now.Location()); short == nil {
		at, err = time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0,
			now.Location()), nil
	}
	if err != nil || !at.After(now) {
		return at, fmt.Errorf("--at %s is not a future time, such as 15:04:05 of today or %s",
			o.at, now.Add(time.Minute).Format(time.RFC3339))
	}
	return at, nil
}

// benchTarget measures servers that already run, from the plan to the report.
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
	return conclude(r.Run, ended, o, stdout, nil)
}

// targetConfig is the configuration of a run on a target.
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
		return c, fmt.Errorf(
			"the plan %s starts servers of its own, with budgets, and compares them with a control: a target has neither; "+
				"leave --plan out, or give a .yaml file with a target", p.Name)
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
