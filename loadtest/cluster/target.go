package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"authlab/loadtest/wire"
)

// TargetConfig says which servers to measure that the lab did not start.
type TargetConfig struct {
	URL string // the entry point of users: a balancer, or the only server
	// Replicas are URLs of the replicas themselves, for their metrics. A name with several addresses stands for all of
	// them. If it is empty, the addresses of URL's name are tried.
	Replicas []string
	Store    string // redis://[[user]:password@]host:port; "" where it cannot be reached
	Owned    bool   // the caller answers for load on hosts that do not belong to this machine
}

// Target is a deployment that already runs. The lab knows only what it reports, and does not start, limit or stop any
// of it.
type Target struct {
	url     string
	names   []string // X-Replica of each replica, sorted; a single "" where answers do not name their replica
	direct  map[string]*Remote
	store   *ExternalStore
	part    Part // the store's own description
	unknown []string
	pins    *wire.Pins // the addresses that may be loaded: those that were checked
	client  *http.Client
}

// OpenTarget finds out what answers at a target, and what it reports about itself. Each error is one sentence that says
// what to do.
func OpenTarget(ctx context.Context, c TargetConfig) (*Target, error) {
	t := &Target{direct: map[string]*Remote{}, pins: new(wire.Pins)}
	t.client = wire.Client(t.pins)
	var err error
	if t.url, err = t.allowed(ctx, c, "--target", c.URL); err != nil {
		return nil, err
	}
	if err := t.discover(ctx); err != nil {
		return nil, err
	}
	if err := t.reach(ctx, c); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(t.pins.Addrs(hostOf(t.url)),
		func(at netip.AddrPort) bool { return at.Addr().IsLoopback() }) {
		t.unknown = append(t.unknown,
			"What it would answer without the generator beside it: both share this machine's cores.")
	}
	return t, t.openStore(ctx, c)
}

// URL is the entry point of its users.
func (t *Target) URL() string { return t.url }

// Pins are the addresses of its servers: those that were checked.
func (t *Target) Pins() *wire.Pins { return t.pins }

// Names are the replicas that answered, by their own names, in the order of their indexes.
func (t *Target) Names() []string { return t.names }

// Unknown says what the lab cannot know about the target, in a sentence each.
func (t *Target) Unknown() []string { return t.unknown }

// Direct returns the base URLs of the replicas that are reached without a balancer, in the order of their indexes.
func (t *Target) Direct() []string {
	var all []string
	for _, name := range t.names {
		if r := t.direct[name]; r != nil {
			all = append(all, r.base)
		}
	}
	return all
}

// Replicas meter the replicas. There is no meter unless all replicas can be metered, because the cost of some would not
// be the cost of any request.
func (t *Target) Replicas() []*Remote {
	var all []*Remote
	for _, name := range t.names {
		if r := t.direct[name]; r != nil && r.metric != "" {
			all = append(all, r)
		}
	}
	if len(all) < len(t.names) {
		return nil
	}
	return all
}

// Ticks reports whether a replica reports its CPU time only in ticks of 10 ms.
func (t *Target) Ticks() bool {
	return slices.ContainsFunc(t.Replicas(), func(r *Remote) bool { return r.metric != exactCPU })
}

// Store meters the store; nil where it cannot be reached.
func (t *Target) Store() *ExternalStore { return t.store }

// Parts describes the known parts around the replicas.
func (t *Target) Parts() []Part {
	if t.store == nil {
		return nil
	}
	return []Part{t.part}
}

// greeted is the answer to a request without a credential.
type greeted struct {
	name   string // X-Replica
	status int
	date   time.Time // by the server's clock, in whole seconds; zero where it sends none
	to     string    // the target of its redirect
}

// elsewhere says that a server at a URL redirects its clients to another; "" if it does not. The lab follows no
// redirect, because it has not checked the other server.
func (g greeted) elsewhere(at string) string {
	if g.status < 300 || g.status > 399 {
		return ""
	}
	return fmt.Sprintf("%s answers %d and redirects to %.200q: no redirect is followed, so name the server that "+
		"answers itself", at, g.status, g.to)
}

// greet asks for the current user without a credential, over a new connection.
func (t *Target) greet(ctx context.Context, base string) (greeted, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/me", nil)
	if err != nil {
		return greeted{}, err
	}
	answer, err := t.client.Do(r)
	if err != nil {
		return greeted{}, err
	}
	answer.Body.Close()
	date, _ := http.ParseTime(answer.Header.Get("Date"))
	return greeted{answer.Header.Get("X-Replica"), answer.StatusCode, date, answer.Header.Get("Location")}, nil
}

// How often the target is asked for replicas: until a run of answers came from known replicas only. The run has a
// minimum length, and is longer the more replicas are known.
const (
	inVain, inVainEach = 16, 4
	mostGreetings      = 1000
)

// longestName is how many bytes a replica's name may have: reports repeat it in every row.
const longestName = 200

// discover finds the replicas by their answers.
func (t *Target) discover(ctx context.Context) error {
	seen := map[string]bool{}
	for asked, vain := 0, 0; asked < mostGreetings && vain < inVain+inVainEach*len(seen); asked++ {
		g, err := t.greet(ctx, t.url)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case wire.Lack(err) != "":
			return fmt.Errorf("%s was not asked: %s", t.url, plain(err))
		case err != nil:
			return fmt.Errorf("nothing answers at %s (%s): start it, or correct --target", t.url, plain(err))
		case g.elsewhere(t.url) != "":
			return errors.New(g.elsewhere(t.url))
		case len(g.name) > longestName:
			return fmt.Errorf("a replica of %s calls itself something of %d bytes in X-Replica: give it a name of %d at most",
				t.url, len(g.name), longestName)
		case g.status >= http.StatusInternalServerError:
			return fmt.Errorf("%s answers %d: wait until it is ready", t.url, g.status)
		case g.status != http.StatusUnauthorized:
			return fmt.Errorf("%s is not a server of this API: GET /v1/me without a credential is answered %d there, not 401",
				t.url, g.status)
		}
		if vain++; !seen[g.name] {
			vain, seen[g.name] = 0, true
		}
	}
	t.names = slices.Sorted(maps.Keys(seen))
	if seen[""] && len(t.names) > 1 {
		return fmt.Errorf(
			"some answers of %s name their replica in X-Replica and some do not: those do not belong to the target", t.url)
	}
	if seen[""] {
		t.unknown = append(t.unknown,
			"How many replicas there are, and which of them answers: no answer says so in X-Replica.")
	}
	return nil
}

// reach finds the replicas' own addresses, and what the replicas report.
func (t *Target) reach(ctx context.Context, c TargetConfig) error {
	for _, raw := range c.Replicas {
		base, err := t.allowed(ctx, c, "--replicas", raw)
		if err != nil {
			return err
		}
		if found, why := t.meet(ctx, base); found == 0 {
			return fmt.Errorf("no replica of the target is at %s (%s): correct --replicas", base, why)
		}
	}
	if len(c.Replicas) == 0 {
		if one := len(t.names) == 1; one || len(t.addresses(t.url)) > 1 {
			t.meet(ctx, t.url) // what it does not report is listed below
		}
	}
	missing := 0
	for _, name := range t.names {
		if r := t.direct[name]; r == nil || r.metric == "" {
			missing++
		}
	}
	if missing > 0 {
		t.unknown = append(t.unknown,
			fmt.Sprintf("What a request costs a replica in CPU time: of %d of %d replicas no /metrics with %s or %s is "+
				"reached. "+
				"A balancer may hide it: name the replicas' own addresses with --replicas.", missing, len(t.names), exactCPU,
				tickedCPU))
	}
	return nil
}

// meet asks every address of a base URL which replica it is. It returns how many of the target's replicas are there, or
// why there are none.
func (t *Target) meet(ctx context.Context, base string) (found int, why string) {
	why = "it has no address"
	for _, at := range t.addresses(base) {
		g, err := t.greet(ctx, at)
		switch {
		case err != nil:
			why = plain(err)
		case g.elsewhere(at) != "":
			why = g.elsewhere(at)
		case !slices.Contains(t.names, g.name):
			why = fmt.Sprintf("%.100q answers there, and never at %s", g.name, t.url)
		default:
			found++
			i := slices.Index(t.names, g.name)
			t.direct[g.name] = remote(ctx, t.client, fmt.Sprintf("%s-%d", Replica, i), g.name, at)
		}
	}
	return found, why
}

// openStore checks whether the store reports what it uses.
func (t *Target) openStore(ctx context.Context, c TargetConfig) (err error) {
	if c.Store == "" {
		t.unknown = append(t.unknown, "What the store does for a request, where there is one: --store says where it is.")
		return nil
	}
	at, ok := storeAt(c.Store)
	if !ok {
		return Misuse("--store is not of the form redis://host:port: correct it")
	}
	at.pins = t.pins
	if err := t.own(ctx, c, "--store", at.host(), at.addr); err != nil {
		return err
	}
	asked, cancel := context.WithTimeout(ctx, externalTimeout)
	defer cancel()
	info, err := at.info(asked, "server")
	if err != nil {
		return fmt.Errorf("the store at %s does not answer (%s): start it, or correct --store", at.addr,
			reason(err, at.password))
	}
	t.part = externalStore(info)
	if s := (&ExternalStore{at}); s.tells() {
		t.store = s
		return nil
	}
	t.unknown = append(t.unknown,
		"What a request costs the store: it does not tell its CPU time and its count of commands.")
	return nil
}

// plain returns an error of net/http without the request that it repeats.
func plain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if lack := wire.Lack(err); lack != "" {
		return lack
	}
	return reason(err, "")
}
