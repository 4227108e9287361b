package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/poll"
)

// startPostgres starts a private PostgreSQL as the cluster's store. Like the private Redis, it does not wait for a
// disk: sessions may be lost with the machine, and otherwise the disk would be measured too.
func (c *Cluster) startPostgres(ctx context.Context) error {
	databases, ok := c.lab.place.(platform.Databases)
	if !ok {
		return errors.New("no private PostgreSQL runs on this platform")
	}
	password := secretWord()
	launch, err := databases.Initialise(ctx, c.label, password)
	if err != nil {
		return err
	}
	for range portTries {
		if err = c.tryPostgres(ctx, launch, password); err == nil || ctx.Err() != nil || !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// postgresSettings are the settings of every private PostgreSQL.
var postgresSettings = []string{
	"-k", "", "-c", "max_connections=300", "-c", "fsync=off", "-c", "synchronous_commit=off",
	"-c", "shared_preload_libraries=pg_stat_statements",
}

func (c *Cluster) tryPostgres(ctx context.Context, launch platform.Launch, password string) error {
	addr, err := c.lab.reserve(5432)
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(addr)
	launch.Args = slices.Concat(launch.Args, postgresSettings,
		[]string{"-c", "listen_addresses=" + host, "-c", "port=" + port})
	launch.Tree = true
	p, err := c.spawn("store", Store, launch)
	if err != nil {
		return err
	}
	// SIGTERM would make it wait for its clients to leave.
	p.addrs, p.quit = []string{p.reachedAt(addr)}, syscall.SIGINT
	err = c.usePostgres(ctx, p, password)
	if err != nil && p.ended() && strings.Contains(tail(p.log), "ddress already in use") {
		p.leave()
		return p.explain(errPortTaken)
	}
	return err
}

// usePostgres waits for a private PostgreSQL and uses it as the cluster's store.
func (c *Cluster) usePostgres(ctx context.Context, p *Process, password string) error {
	err := poll.Until(ctx, func() error {
		if p.ended() {
			return nil // asked below
		}
		return p.connect(ctx, password)
	})
	switch {
	case err != nil:
		return p.explain(err)
	case p.ended():
		return p.explain(errors.New("it ended before it served"))
	}
	addr, err := c.apart(p.Addr())
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(addr)
	pass, err := c.lab.home.Secret(c.label+"-postgres.pass", fmt.Sprintf("%s:%s:*:authlab:%s\n", host, port, password))
	if err != nil {
		return err
	}
	u := url.URL{
		Scheme: "postgres", User: url.User("authlab"), Host: addr, Path: "/postgres",
		// PostgreSQL's URLs do not write a space as +.
		RawQuery: strings.ReplaceAll(url.Values{"sslmode": {"disable"}, "passfile": {pass}}.Encode(), "+", "%20"),
	}
	c.store, c.storeURL = p, u.String()
	return nil
}

// connect opens the connection on which the lab reads PostgreSQL's counters: a new connection for each question would
// be measured.
func (p *Process) connect(ctx context.Context, password string) error {
	config, err := pgxpool.ParseConfig("postgres://authlab@" + p.Addr() + "/postgres?sslmode=disable&pool_max_conns=1")
	if err != nil {
		return err
	}
	config.ConnConfig.Password = password
	conn, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"); err != nil {
		conn.Close()
		return fmt.Errorf("PostgreSQL cannot count what it is asked: %w; install its contrib modules", err)
	}
	p.sql = conn
	return nil
}

// statements is how many statements PostgreSQL has processed, including those that ask for the count.
func (p *Process) statements(ctx context.Context) (n int64, err error) {
	err = p.sql.QueryRow(ctx, "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements").Scan(&n)
	return n, err
}
