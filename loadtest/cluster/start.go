package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/plan"
)

// startTimeout is how long a cluster may take until it serves, besides the time to make its users.
const (
	startTimeout = 60 * time.Second
	perUser      = 300 * time.Microsecond
)

// Start starts a cluster. It returns when the complete cluster serves and every replica has been recognised by the
// cluster's nonce, directly and through each frontend. After a failure nothing of it is left.
func (l *Lab) Start(ctx context.Context, s Spec) (*Cluster, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	starts := l.starts[s.Name]
	l.starts[s.Name]++
	nonce := fmt.Sprintf("%s%02x", l.nonce, l.started)
	l.started++
	l.mu.Unlock()
	c := &Cluster{
		lab: l, spec: s, label: strings.ReplaceAll(s.Name, "+", "_"), nonce: nonce, replicas: make([]*Process, s.Replicas),
		fronts: map[Front]string{},
	}
	if starts > 0 {
		c.label += "." + strconv.Itoa(starts)
	}
	began := time.Now()
	if err := c.start(ctx); err != nil {
		c.Stop(context.WithoutCancel(ctx))
		return nil, err
	}
	l.config.Log.Info("cluster up", "cluster", s.Name, "replicas", s.Replicas, "after", time.Since(began))
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	within := startTimeout + time.Duration(c.spec.Users)*perUser
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("gave up after %s", within))
	defer cancel()
	if err := c.startStore(ctx); err != nil {
		return err
	}
	if err := c.startReplicas(ctx); err != nil {
		return err
	}
	if err := c.startBalancer(ctx); err != nil {
		return err
	}
	for _, f := range c.spec.Fronts {
		if err := c.recognise(ctx, f); err != nil {
			return err
		}
	}
	for _, p := range c.Processes() {
		// From here on its end counts as a death. An earlier end has not been reported yet.
		if p.expected.Store(false); p.ended() {
			return p.explain(errors.New("it ended while the others started"))
		}
	}
	c.lab.mu.Lock()
	defer c.lab.mu.Unlock()
	if c.lab.closed {
		return errors.New("the lab is closed")
	}
	c.lab.clusters[c] = true
	return nil
}

func (c *Cluster) startStore(ctx context.Context) error {
	switch {
	case !c.spec.Scheme.Store:
		return nil
	case c.spec.Scheme.Postgres:
		return c.startPostgres(ctx)
	case c.lab.parts.storeProgram.Path == "":
		return c.useStore(c.lab.config.RedisURL)
	case c.lab.parts.store.Embedded:
		return c.startStored(ctx)
	default:
		return c.startRedis(ctx)
	}
}

// useStore uses a store that the lab does not run; Open has already checked its URL. The store is metered if it reports
// what it uses.
func (c *Cluster) useStore(raw string) error {
	at, ok := storeAt(raw)
	if !ok {
		return errors.New("the store's URL cannot be read")
	}
	if s := (&ExternalStore{at}); s.tells() {
		c.external = s
	}
	var err error
	at.addr, err = c.apart(at.addr)
	c.password, c.storeURL = at.password, at.url()
	return err
}

// startReplicas starts the first replica alone: it makes the accounts, which the others then find.
func (c *Cluster) startReplicas(ctx context.Context) error {
	var err error
	if c.server, err = c.lab.place.Own(c.spec.Scheme.Server); err != nil {
		return err
	}
	if c.flagged, err = c.flags(); err != nil {
		return err
	}
	if err := c.startReplica(ctx, 0); err != nil {
		return err
	}
	errs := make([]error, c.spec.Replicas)
	var wg sync.WaitGroup
	for i := 1; i < c.spec.Replicas; i++ {
		wg.Go(func() { errs[i] = c.startReplica(ctx, i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err // the first error is enough: replicas mostly fail for one reason
		}
	}
	return nil
}

// startReplica starts replica i, with further flags after those of all replicas.
func (c *Cluster) startReplica(ctx context.Context, i int, further ...string) error {
	flags := slices.Concat([]string{"--replica=" + c.replicaName(i)}, c.flagged, further)
	p, err := c.spawn("replica-"+strconv.Itoa(i), Replica, platform.Launch{Program: c.server, Args: flags})
	if err != nil {
		return err
	}
	if err := p.announced(ctx, 1); err != nil {
		return err
	}
	c.mu.Lock()
	c.replicas[i] = p
	c.mu.Unlock()
	return c.ready(ctx, p, c.replicaName(i))
}

// replicaName is what a replica calls itself in X-Replica.
func (c *Cluster) replicaName(i int) string { return c.nonce + "-" + strconv.Itoa(i) }

// smallBallast is for replicas with a budget. A hundred of them stand at once, so each takes an eighth of the usual.
const smallBallast = "--ballast=8388608"

// flags returns the flags of all replicas of the cluster.
func (c *Cluster) flags() ([]string, error) {
	database := c.lab.config.DatabaseURL
	if database == "" {
		database = "sqlite:" + c.accountsFile()
	}
	flags := append(c.lab.reachable(c.spec.Scheme.Server), "--database="+database, "--log-level=warn")
	if _, small := c.spec.Budgets[Replica]; small { // before the scheme's own flags, which may say otherwise
		flags = append(flags, smallBallast)
	}
	if c.spec.Users > 0 && c.spec.Scheme.Carrier != plan.ByName { // a user who is trusted by name needs no account
		flags = append(flags, "--load-users="+strconv.Itoa(c.spec.Users), "--load-key-file="+c.lab.keyFile)
	}
	if len(c.spec.Fronts) > 0 {
		flags = append(flags, "--trusted-proxies="+c.lab.place.Network().String())
	}
	if alg := c.spec.Scheme.Alg; alg != "" { // any replica must be able to verify what another signed
		key, texts, err := newTokenKeys(alg, c.spec.Scheme.OldKeys)
		if err != nil {
			return nil, err
		}
		c.tokenKey, c.keys = key, keyring{name: c.label + "-token.key", texts: texts}
		file, err := c.keys.write(c.lab.home)
		if err != nil {
			return nil, err
		}
		flags = append(flags, "--key-file="+file)
	}
	if c.spec.Scheme.Sealed { // any replica must be able to open what another sealed
		key, text := newSealingKey()
		c.sealingKey, c.keys = key, keyring{name: c.label + "-session.key", texts: []string{text}}
		file, err := c.keys.write(c.lab.home)
		if err != nil {
			return nil, err
		}
		flags = append(flags, "--session-keys="+file)
	}
	if c.password != "" {
		file, err := c.lab.home.Secret(c.label+"-store.password", c.password+"\n")
		if err != nil {
			return nil, err
		}
		flags = append(flags, "--redis-password-file="+file)
	}
	ttl := c.spec.AccessTTL
	if ttl == 0 {
		ttl = time.Hour
	}
	substitute := strings.NewReplacer("{store}", c.storeURL, "{plan}", ttl.String(), "{leeway}", plan.Leeway.String(),
		"{alg}", c.spec.Scheme.Alg)
	for _, flag := range c.spec.Scheme.Flags {
		flags = append(flags, substitute.Replace(flag))
		if c.spec.StoreWithin > 0 && strings.HasPrefix(flag, "--redis=") && c.spec.Scheme.Server != plan.PeerServer {
			flags = append(flags, "--redis-timeout="+c.spec.StoreWithin.String())
		}
	}
	return flags, nil
}

// spawn starts a program of the cluster, with its tier's budget and cores.
func (c *Cluster) spawn(name string, tier Tier, launch platform.Launch) (*Process, error) {
	p := &Process{
		name: name, cluster: c.spec.Name, tier: tier, output: make(chan string, 64), done: make(chan struct{}),
		quit: syscall.SIGTERM,
		log:  filepath.Join(c.lab.home.Logs(), c.label+"-"+name+".log"),
	}
	p.expected.Store(true) // until the cluster serves, Start reports an end
	launch.Name = c.label + "." + name
	launch.CPUs = c.spec.CPUs[tier]
	_, launch.Budgeted = c.spec.Budgets[tier]
	if launch.Budgeted || len(launch.CPUs) == 1 {
		launch.Env = append(launch.Env, "GOMAXPROCS=1")
	}
	if tier == Replica && c.spec.Collect > 0 {
		launch.Env = append(launch.Env, fmt.Sprintf("GOGC=%d", c.spec.Collect))
	}
	if err := p.launch(c.lab, launch); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.spawned = append(c.spawned, p)
	c.mu.Unlock()
	return p, p.settle()
}
