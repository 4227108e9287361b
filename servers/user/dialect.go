package user

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"authlab/servers/postgres"
)

// dialect is everything that differs between the two databases.
type dialect struct {
	rewrite func(string) string
	bytes   string // the collation that compares bytes
	lock    string // statement that waits for other processes in DB.exclusive, if a transaction does not
	clock   string // the database's own, in microseconds since 1970
	columns string // statement that counts the columns of a table and a name
}

var (
	liteDialect = dialect{
		rewrite: func(q string) string { return q }, bytes: "BINARY",
		columns: `SELECT COUNT(*) FROM pragma_table_info(?) WHERE name = ?`,
	}
	pgDialect = dialect{
		rewrite: numbered, bytes: `"C"`, lock: `SELECT pg_advisory_xact_lock(7310868735)`,
		clock: `CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`,
		columns: `SELECT COUNT(*) FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = ? AND column_name = ?`,
	}
)

// dollars caches rewritten queries. There are as many as the program has SQL texts.
var dollars sync.Map

// numbered turns ? into $1, $2, …. No SQL text here has a ? in a literal.
func numbered(q string) string {
	if done, ok := dollars.Load(q); ok {
		return done.(string)
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(q, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	dollars.Store(q, b.String())
	return b.String()
}

// sentence is an error with a text for people and a kind for errors.Is.
type sentence struct {
	text string
	kind error
}

func (s sentence) Error() string { return s.text }
func (s sentence) Unwrap() error { return s.kind }

func invalid(format string, args ...any) error {
	return sentence{fmt.Sprintf(format, args...), ErrInvalid}
}

func openDB(ctx context.Context, address string, now func() time.Time) (*DB, error) {
	path, file := strings.CutPrefix(address, "sqlite:")
	switch {
	case address == "":
		return openMemory(ctx, now)
	case file && strings.HasPrefix(path, ":memory:"), file && strings.HasPrefix(path, "file:"):
		return nil, invalid("sqlite:PATH names a file by its path, and %s is none: leave the database out for one "+
			"in memory", memoryName(path))
	case file && strings.ContainsRune(path, 0):
		return nil, invalid("the path of the accounts database has a NUL in it: write it anew")
	case file && path != "":
		return openFile(ctx, path, now)
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		return openPostgres(ctx, address)
	}
	// The value is not repeated: it may be a URL that has a password and begins with a typo.
	return nil, invalid(`a database is "" (in memory), sqlite:PATH or postgres://user@host/name, and this is neither`)
}

// memoryName returns the part of SQLite's own address that explains it: it does not name a file that a user could want.
func memoryName(path string) string {
	name, _, _ := strings.Cut(path, ":")
	if name == "" {
		return ":memory:"
	}
	return "a URL " + name + ":"
}

// openMemory makes a database that lives as long as one idle connection, the anchor, holds it. One other connection
// does the work; the pool may replace it (a cancelled query can cost it) without losing anything.
func openMemory(ctx context.Context, now func() time.Time) (*DB, error) {
	dsn := "file:authlab-" + rand.Text() + "?mode=memory&cache=shared&_txlock=immediate&_pragma=busy_timeout(5000)"
	work, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	anchor, err := sql.Open("sqlite", dsn)
	if err == nil {
		err = anchor.PingContext(ctx)
	}
	if err != nil {
		return nil, errors.Join(failed(err), work.Close())
	}
	anchor.SetMaxOpenConns(1)
	work.SetMaxOpenConns(1)
	p := &pool{DB: work}
	return lite(now, p, p, anchor.Close), nil
}

func openFile(ctx context.Context, path string, now func() time.Time) (*DB, error) {
	if err := touch(path); err != nil {
		return nil, invalid("the accounts database cannot be opened: %v", err)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, invalid("the accounts database cannot be opened: %v", err)
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_txlock=immediate" +
		"&_pragma=busy_timeout(5000)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)"
	write, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(2 * runtime.GOMAXPROCS(0))
	read.SetMaxIdleConns(2 * runtime.GOMAXPROCS(0))
	db := lite(now, &pool{DB: read}, &pool{DB: write}, nil)
	if err := logAhead(ctx, write); err != nil {
		db.close()
		return nil, sentence{"the accounts database " + path + " cannot be used: " + err.Error(), ErrInvalid}
	}
	return db, nil
}

// touch creates the file readable by its owner only: it will hold password hashes. SQLite's companion files inherit the
// mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// logAhead turns write-ahead logging on, which persists in the file. Processes that start together compete for the
// switch, and here SQLite says "busy" at once instead of waiting for busy_timeout.
func logAhead(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	for {
		var mode string
		err := db.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode)
		if !busy(err) {
			if err == nil && mode != "wal" {
				err = fmt.Errorf("its journal mode is %q, not write-ahead logging; is it on a network share?", mode)
			}
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// openPostgres connects once, so that a wrong URL or a database that is down is reported before the server starts. No
// error repeats the URL, which may hold a password, nor the driver's text when it is about the URL.
func openPostgres(ctx context.Context, address string) (*DB, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, invalid("the PostgreSQL URL cannot be read; it looks like postgres://user:password@host:5432/name")
	}
	c.ConnectTimeout = 3 * time.Second
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "authlab"
	}
	// idle connections are checked below, before they are used
	postgres.Guard(&c.Config, func() {})
	unasked := func(context.Context, stdlib.ShouldPingParams) bool { return false } // stillPrimary asks
	db := &pool{DB: stdlib.OpenDB(*c, stdlib.OptionShouldPing(unasked), stdlib.OptionResetSession(stillPrimary))}
	db.SetMaxOpenConns(8) // eight replicas of eight stay below PostgreSQL's default of 100
	db.SetMaxIdleConns(8)
	db.SetConnMaxIdleTime(5 * time.Minute)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		where := net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
		reason := root(err)
		if errors.Is(err, pgconn.ErrReadOnlyConnection) {
			reason = postgres.Reason(err)
		}
		text := fmt.Sprintf("PostgreSQL at %s cannot be used for database %q as user %q: %s", where, c.Database, c.User,
			reason)
		return nil, sentence{text, ErrUnavailable}
	}
	return &DB{dialect: pgDialect, read: db, write: db}, nil
}

// provenFor is how long a connection is trusted to lead to a server that takes writes.
const provenFor = time.Second

// stillPrimary checks, before a connection is used again, that it leads to a server that takes writes. After a failover
// it may lead to one that does not, with outdated accounts, and reads would succeed for as long as the connection
// lasts. After a restart it leads nowhere.
func stillPrimary(ctx context.Context, conn *pgx.Conn) error {
	known := conn.PgConn().CustomData()
	at, ok := known["proven"].(time.Time)
	if ok && time.Since(at) < provenFor && postgres.Silent(conn.PgConn().Conn()) {
		return nil
	}
	if pgconn.ValidateConnectTargetSessionAttrsReadWrite(ctx, conn.PgConn()) != nil {
		return driver.ErrBadConn
	}
	known["proven"] = time.Now()
	return nil
}

// root returns the innermost reason, which names neither the URL nor each address that was tried.
func root(err error) string {
	for {
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			if e.Unwrap() == nil {
				return err.Error()
			}
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			if len(e.Unwrap()) == 0 {
				return err.Error()
			}
			err = e.Unwrap()[0]
		default:
			return err.Error()
		}
	}
}
