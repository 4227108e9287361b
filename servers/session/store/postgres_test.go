package store_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

// postgresWorld has its own database, in which Age lets time pass.
func postgresWorld(t testing.TB) *world {
	return postgresAt(t, usertest.SharedPostgres(t).NewDatabase(t), 0)
}

func postgresAt(t testing.TB, url string, throttle time.Duration) *world {
	t.Helper()
	w := &world{life: store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}, now: time.Now}
	w.advance = storetest.AgePostgres(t, url)
	p, err := store.OpenPostgres(t.Context(), store.PostgresOptions{
		URL: url, AnswerWithin: patient, Connections: 4, Lifetimes: w.life, Throttle: throttle,
	})
	if err != nil {
		t.Error(err)
		return w
	}
	t.Cleanup(func() { _ = p.Close() })
	return w.open(p)
}

// ask returns the one number that a statement answers with.
func ask(t testing.TB, url, sql string) (n int64) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPostgresSweeps: expired sessions go in batches, rows that another client has locked are skipped without waiting,
// and live ones stay.
func TestPostgresSweeps(t *testing.T) {
	url := usertest.SharedPostgres(t).NewDatabase(t)
	w := postgresAt(t, url, 0)
	const expired = 2*store.PostgresBatch + 100
	for range expired {
		w.login(t, "u1")
	}
	w.renew(t, w.login(t, "u1").ID)
	w.advance(2 * w.life.Idle)
	kept := w.login(t, "u2").ID

	ctx := t.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const held = 7
	if _, err := tx.Exec(ctx, "SELECT 1 FROM authlab_sessions WHERE user_id = 'u1' LIMIT 7 FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	sizes, traces := store.SweepPostgres(t, w.backend)
	if len(sizes) != 4 || sizes[0] != store.PostgresBatch || sizes[2] != expired+1-held-2*store.PostgresBatch ||
		sizes[3] != 0 || traces != 1 {
		t.Errorf("batches of %v and %d traces", sizes, traces)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if sizes, _ := store.SweepPostgres(t, w.backend); sizes[0] != held {
		t.Errorf("then batches of %v", sizes)
	}
	if n := ask(t, url, "SELECT count(*) FROM authlab_sessions"); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	w.wantAlive(t, kept, true)
	wantIndex(t, conn, store.SweepSessions, "authlab_sessions_sweep")
}

// wantIndex checks that the index serves a statement. PostgreSQL would scan a table as small as a test's.
func wantIndex(t *testing.T, conn *pgx.Conn, sql, index string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "SET enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN "+sql)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if plan := strings.Join(lines, "\n"); err != nil || !strings.Contains(plan, " "+index) {
		t.Errorf("%v, not by %s:\n%s", err, index, plan)
	}
}

// TestPostgresKeepsToTheIndex: renewing a session's lifetime writes its row and, nearly always, no index.
func TestPostgresKeepsToTheIndex(t *testing.T) {
	url := usertest.SharedPostgres(t).NewDatabase(t)
	w := postgresAt(t, url, 0)
	var ids []string
	for range 50 {
		ids = append(ids, w.login(t, "u1").ID)
	}
	const uses = 20
	for range uses {
		for _, id := range ids {
			w.wantAlive(t, id, true)
		}
	}
	_ = w.backend.Close() // a connection reports its statistics when it ends
	updates := ask(t, url, "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'authlab_sessions'")
	light := ask(t, url, "SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'authlab_sessions'")
	if updates != uses*50 || light < updates*9/10 {
		t.Errorf("of %d updates %d touched no index, want nine in ten", updates, light)
	}
}

// TestPostgresThrottle: a session is prolonged only when due, and none ends early because of that.
func TestPostgresThrottle(t *testing.T) {
	const throttle = 10 * time.Minute
	url := usertest.SharedPostgres(t).NewDatabase(t)
	w := postgresAt(t, url, throttle)
	id := w.login(t, "u1").ID
	for range 5 {
		w.wantAlive(t, id, true)
	}
	w.wantSeen(t, w.now(), 0)
	w.advance(throttle / 2)
	w.wantAlive(t, id, true)
	w.wantSeen(t, w.now(), throttle/2) // not prolonged
	w.advance(throttle)
	w.wantAlive(t, id, true)
	w.wantSeen(t, w.now(), 0)
	w.advance(w.life.Idle)
	w.wantAlive(t, id, true)
	w.advance(w.life.Idle + throttle)
	w.wantAlive(t, id, false)
}

// serving is a number that changes with the connections.
const serving = `SELECT coalesce(sum(pid::bigint * pid), 0)::bigint ` + connected

// connected are the store's connections to the database.
const connected = `FROM pg_stat_activity WHERE application_name = 'authlab' AND datname = current_database()`

// impatient makes requests wait for a tenth of a second, over two connections.
func impatient(t *testing.T, url string) *store.Postgres {
	t.Helper()
	return opened(t, url, 100*time.Millisecond)
}

func opened(t *testing.T, url string, within time.Duration) *store.Postgres {
	t.Helper()
	p, err := store.OpenPostgres(t.Context(), store.PostgresOptions{
		URL: url, AnswerWithin: within, Connections: 2, Lifetimes: store.Lifetimes{
			Idle:     time.Hour,
			Absolute: time.Hour,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// TestPostgresThatHasFewerConnections: requests without a connection would get 503 once in a while, without an apparent
// reason.
func TestPostgresThatHasFewerConnections(t *testing.T) {
	url := usertest.StartPostgres(t).NewDatabase(t)
	most := int(ask(t, url, `SELECT setting::bigint FROM pg_settings WHERE name = 'max_connections'`))
	_, err := store.OpenPostgres(t.Context(), store.PostgresOptions{
		URL: url, AnswerWithin: patient, Connections: most + 1, Lifetimes: store.Lifetimes{
			Idle:     time.Hour,
			Absolute: time.Hour,
		},
	})
	if want := fmt.Sprintf("of %d connections: ", most+1); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want it to say %q", err, want)
	}
}

// TestPostgresOutage: a store that hangs, or has gone and come back, is an error and not a logout.
func TestPostgresOutage(t *testing.T) {
	server := usertest.StartPostgres(t)
	url := server.NewDatabase(t)
	p := impatient(t, url)
	w := &world{life: store.Lifetimes{Idle: time.Hour, Absolute: time.Hour}, now: time.Now}
	w.open(p)
	id := w.login(t, "u1").ID
	fails := func(when string) {
		t.Helper()
		s, err := w.store.New(request(id), cookieName)
		if err == nil || !s.IsNew {
			t.Errorf("%s: %v, and the session is accepted: %t", when, err, !s.IsNew)
		}
	}
	recovers := func() {
		t.Helper()
		for deadline := time.Now().Add(patient); ; time.Sleep(10 * time.Millisecond) {
			if s, err := w.store.New(request(id), cookieName); err == nil {
				if s.IsNew {
					t.Error("the session is gone")
				}
				return
			} else if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	}
	before := ask(t, url, serving)
	p.GiveUpAfter(200 * time.Millisecond)
	server.Pause()
	fails("hanging")
	time.Sleep(300 * time.Millisecond)
	server.Resume()
	recovers()
	for deadline := time.Now().Add(3 * patient); ask(t, url, serving) == before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a statement that hung for long kept its connection")
		}
	}
	server.Stop()
	fails("stopped")
	server.Start(t)
	recovers()
}

// TestPostgresRestartBetweenRequests: connections that died while idle cause no request an error.
func TestPostgresRestartBetweenRequests(t *testing.T) {
	server := usertest.StartPostgres(t)
	w := &world{life: store.Lifetimes{Idle: time.Hour, Absolute: time.Hour}, now: time.Now}
	w.open(opened(t, server.NewDatabase(t), patient))
	id := w.login(t, "u1").ID
	w.busy(t, id, 8, 20)
	server.Stop()
	server.Start(t)
	for range 16 {
		w.wantAlive(t, id, true)
	}
}

// TestPostgresLateAnswers: a request that gives up costs no connection, and no other request gets its answer.
func TestPostgresLateAnswers(t *testing.T) {
	server := usertest.StartPostgres(t)
	url := server.NewDatabase(t)
	p := impatient(t, url)
	var keys []store.Key
	for i := range byte(8) {
		keys = append(keys, store.Key{i})
		if _, err := p.Create(t.Context(), keys[i], store.Record{User: fmt.Sprint(i), Role: user.RoleUser}); err != nil {
			t.Fatal(err)
		}
	}
	// after more than a second idle, a connection is checked first
	time.Sleep(1100 * time.Millisecond)
	before := ask(t, url, serving)
	server.Pause()
	var waiting sync.WaitGroup
	for _, key := range keys {
		waiting.Go(func() {
			if _, err := p.Touch(t.Context(), key); err == nil {
				t.Error("a hung store answered")
			}
		})
	}
	waiting.Wait()
	server.Resume()
	for i, key := range keys {
		rec, err := p.Touch(t.Context(), key)
		for deadline := time.Now().Add(patient); err != nil && time.Now().Before(deadline); {
			rec, err = p.Touch(t.Context(), key)
		}
		if err != nil || rec.User != fmt.Sprint(i) {
			t.Errorf("the session of %d belongs to %q, %v", i, rec.User, err)
		}
	}
	if after := ask(t, url, serving); after != before {
		t.Error("the connections have changed")
	}
}

// TestPostgresIsSharedFromTheStart: replicas that start together all find the tables, and each other's sessions.
func TestPostgresIsSharedFromTheStart(t *testing.T) {
	url := usertest.SharedPostgres(t).NewDatabase(t)
	var opened sync.WaitGroup
	all := make([]*world, 8)
	for i := range all {
		opened.Go(func() { all[i] = postgresAt(t, url, 0) })
	}
	opened.Wait()
	if t.Failed() {
		return
	}
	id := all[0].login(t, "u1").ID
	for _, w := range all {
		w.wantAlive(t, id, true)
	}
	if err := all[7].backend.SetRole(t.Context(), "u1", user.RoleAdmin, 2); err != nil {
		t.Fatal(err)
	}
	if rec, _ := all[3].who(t, id); rec.Role != user.RoleAdmin {
		t.Errorf("the role is %q", rec.Role)
	}
}

// TestPostgresFlood: unknown ids leave nothing behind, and every login goes when it has expired.
func TestPostgresFlood(t *testing.T) {
	url := usertest.SharedPostgres(t).NewDatabase(t)
	w := postgresAt(t, url, 0)
	for i := range 1000 {
		w.wantAlive(t, fmt.Sprintf("%043d", i*4), false)
	}
	const rows = `SELECT (SELECT count(*) FROM authlab_sessions) + (SELECT count(*) FROM authlab_session_traces)`
	if n := ask(t, url, rows); n != 0 {
		t.Errorf("%d rows of unknown ids", n)
	}
	for range 1000 {
		w.login(t, "u1")
	}
	if n := ask(t, url, rows); n != 1000 {
		t.Errorf("%d rows for 1000 logins", n)
	}
	w.advance(w.life.Idle + w.life.Absolute)
	store.SweepPostgres(t, w.backend)
	if n := ask(t, url, rows); n != 0 {
		t.Errorf("%d rows are left of logins that have expired", n)
	}
}

// TestPostgresThatConnectsSlowly: if making a connection takes longer than a request may, the first request still finds
// one, already warmed.
func TestPostgresThatConnectsSlowly(t *testing.T) {
	const request, connection = 200 * time.Millisecond, 600 * time.Millisecond
	url := usertest.SharedPostgres(t).NewDatabase(t)
	p, err := store.OpenPostgres(t.Context(), store.PostgresOptions{
		URL: later(t, url, connection), AnswerWithin: request, Connections: 3,
		Lifetimes: store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Ping(t.Context()); err != nil {
		t.Errorf("it has no connection yet: %v", err)
	}
	if n := ask(t, url, `SELECT count(*) `+connected); n != 3 {
		t.Errorf("it holds %d connections, want 3", n)
	}
	if n := p.Prepared(t); n != 1 {
		t.Errorf("of the hot path's statements a new connection has %d prepared, want 1", n)
	}
}

// later passes connections on to a database, each after a delay. It returns the database's URL there.
func later(t *testing.T, database string, by time.Duration) string {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	network, addr := pgconn.NetworkAddress(config.Host, config.Port)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				time.Sleep(by)
				server, err := net.Dial(network, addr)
				if err != nil {
					return
				}
				defer server.Close()
				go func() {
					defer server.Close() // the client has gone
					io.Copy(server, client)
				}()
				io.Copy(client, server)
			}()
		}
	}()
	there := url.URL{
		Scheme: "postgres", User: url.UserPassword(config.User, config.Password), Host: l.Addr().String(),
		Path: config.Database, RawQuery: "sslmode=disable",
	}
	return there.String()
}
