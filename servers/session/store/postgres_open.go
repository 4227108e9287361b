package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"authlab/servers/postgres"
)

// PostgresOptions say where the database is and how long sessions live.
type PostgresOptions struct {
	URL string // postgres://user@host:port/database; passfile names a password file
	// AnswerWithin is how long a request waits for the database to answer a statement.
	AnswerWithin time.Duration
	// Connections are opened at the start, and no more later; a request that finds none free waits for one.
	Connections int
	Lifetimes
	// Throttle is as in RedisOptions.
	Throttle time.Duration
}

// OpenPostgres connects, makes missing tables, and starts removing expired sessions. Its errors show no password.
func OpenPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("the URL cannot be read, it looks like postgres://user@host:5432/name")
	}
	refused := func(err error) error {
		c := config.ConnConfig
		return fmt.Errorf("the PostgreSQL at %s:%d cannot be used (%s)", c.Host, c.Port, postgres.Reason(err))
	}
	// Open all from the start: each connection costs PostgreSQL a process, which it can least afford under load.
	config.MaxConns, config.MinConns = int32(o.Connections), int32(o.Connections)
	config.ConnConfig.ConnectTimeout = connectedWithin
	config.MaxConnLifetimeJitter = config.MaxConnLifetime // nor are they all replaced at the same time
	hung := max(hungAfter, 2*o.AnswerWithin)
	config.PingTimeout = hung
	config.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool {
		return p.IdleDuration > askedAfter || !postgres.Silent(p.Conn.PgConn().Conn())
	}
	params := config.ConnConfig.RuntimeParams
	params["default_transaction_isolation"] = "read committed"
	if params["application_name"] == "" {
		params["application_name"] = "authlab"
	}
	p := &Postgres{
		timeout: o.AnswerWithin, hung: hung, throttle: o.Throttle, idle: o.Idle + o.Throttle,
		sql: statementsFor(o.Idle+o.Throttle, o.Absolute), done: make(chan struct{}),
	}
	postgres.Guard(&config.ConnConfig.Config, p.turn)
	if err := prepare(ctx, config.ConnConfig); err != nil {
		return nil, refused(err)
	}
	config.AfterConnect = p.warm
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, refused(err)
	}
	p.filled.Store(p.pool)
	err = p.fill(ctx)
	if err == nil {
		err = p.Ping(ctx)
	}
	if err != nil {
		p.pool.Close()
		return nil, refused(err)
	}
	sweeping, stop := context.WithCancel(context.Background())
	p.stop = stop
	go p.sweep(sweeping)
	return p, nil
}

// askedAfter is how long a connection is idle before it is asked whether it still leads to a server, as a network may
// have forgotten it. One that the server closed is noticed at once.
const askedAfter = time.Second

// preparedWithin is how long making the tables may take, while other replicas do so too.
const preparedWithin = 10 * time.Second

// prepare makes missing tables.
func prepare(ctx context.Context, c *pgx.ConnConfig) error {
	ctx, cancel := context.WithTimeout(ctx, preparedWithin)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, schema, pgx.QueryExecModeSimpleProtocol)
	return err
}

// connectedWithin is how long making and warming a connection may take. It is much more than a request waits for one:
// otherwise a busy database would spend its time on connections that are given up.
const connectedWithin = 10 * time.Second

// fill waits until all connections exist: a database that has too few says so now, and not to requests.
func (p *Postgres) fill(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, preparedWithin)
	defer cancel()
	all := p.pool.Config().MaxConns
	for n := range all {
		conn, err := p.pool.Acquire(ctx)
		if err != nil {
			return fmt.Errorf("it gave %d of %d connections: %s", n, all, postgres.Reason(err))
		}
		defer conn.Release()
	}
	return nil
}

// warm runs the hot path's statements for an unknown session. The first time, a PostgreSQL process reads its catalogues
// and plans each, and no request should wait for that.
func (p *Postgres) warm(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, connectedWithin)
	defer cancel()
	hot := []string{p.sql.touch}
	if p.throttle > 0 {
		hot = append(hot, p.sql.look)
	}
	var unknown Key
	for _, sql := range hot {
		if _, err := conn.Exec(ctx, sql, unknown[:]); err != nil {
			return err
		}
	}
	return nil
}
