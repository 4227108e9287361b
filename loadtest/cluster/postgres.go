package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"

	"authlab/loadtest/cluster/poll"
)

// postgresFolders is where Debian keeps the programs of each version, which are on nobody's PATH.
var postgresFolders = "/usr/lib/postgresql/*/bin"

// findPostgres returns the folder of PostgreSQL's programs, the newest where there are several, or "".
func findPostgres() string {
	if found, _ := filepath.Glob(filepath.Join(postgresFolders, "initdb")); len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	path, err := lookPath("initdb")
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// postgresPart asks PostgreSQL what it is.
func postgresPart(ctx context.Context, folder string) (Part, error) {
	part := Part{Role: "sessions in SQL", Name: "PostgreSQL"}
	var err error
	part.Version, err = versionOf(ctx, filepath.Join(folder, "postgres"), "-V")
	return part, err
}

// database is a private PostgreSQL on its way.
type database struct {
	folder   string              // its own, in the lab's
	password string              // of the user authlab
	as       *syscall.Credential // PostgreSQL refuses to run as root
}

// startPostgres starts a private PostgreSQL as the cluster's store. Like the private Redis it does not wait for a disk: sessions
// may be lost with the machine, and a disk would be measured too.
func (c *Cluster) startPostgres(ctx context.Context) error {
	if c.lab.engine != nil {
		return c.postgresContainer(ctx)
	}
	d := database{folder: c.lab.home.File(c.label + "-postgres"), password: secretWord()}
	if err := d.make(c.lab.home.Path()); err != nil {
		return fmt.Errorf("cannot prepare a private PostgreSQL: %w", err)
	}
	if err := d.initialise(ctx, c.lab.parts.postgres); err != nil {
		return err
	}
	var err error
	for range redisTries {
		if err = c.tryPostgres(ctx, d); err == nil || ctx.Err() != nil || !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// make makes the folder, for an account that may run PostgreSQL. That account must be able to pass through the lab's own.
func (d *database) make(home string) error {
	if err := os.Mkdir(d.folder, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(d.file("password"), []byte(d.password+"\n"), 0o600); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return nil
	}
	account, err := osuser.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("root may not run it, and there is no account postgres to run it as: %w", err)
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	d.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := errors.Join(os.Chown(d.folder, uid, gid), os.Chown(d.file("password"), uid, gid),
		os.Chmod(home, 0o711)); err != nil {
		return err
	}
	if barrier := barred(d.folder, uid, gid); barrier != "" {
		return fmt.Errorf("the account postgres, which must run it for root, cannot pass through %s: chmod o+x "+
			"that folder, or set TMPDIR to another", barrier)
	}
	return nil
}

// barred is the first folder on the way to another that an account may not pass through; "" if there is none.
func barred(path string, uid, gid int) string {
	for at := 1; at < len(path); at++ {
		if path[at] != '/' {
			continue
		}
		info, err := os.Stat(path[:at])
		if err != nil {
			return path[:at]
		}
		pass := fs.FileMode(0o001)
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			switch {
			case int(s.Uid) == uid:
				pass = 0o100
			case int(s.Gid) == gid:
				pass = 0o010
			}
		}
		if info.Mode().Perm()&pass == 0 {
			return path[:at]
		}
	}
	return ""
}

func (d *database) file(name string) string { return filepath.Join(d.folder, name) }

func (d *database) initialise(ctx context.Context, programs string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "initdb"), "-D", d.file("data"), "-U", "authlab", "--pwfile", d.file("password"),
		"-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	cmd.Dir = d.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: d.as, Setpgid: true}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("a private PostgreSQL could not be prepared: %s", firstLine(string(out), err))
	}
	return nil
}

func (c *Cluster) tryPostgres(ctx context.Context, d database) error {
	addr, err := c.lab.reserve(5432)
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(addr)
	p, err := c.spawn("store", Store, birth{
		program: program{path: filepath.Join(c.lab.parts.postgres, "postgres")}, as: d.as,
		args: append([]string{"-D", d.file("data"), "-k", "", "-c", "listen_addresses=" + host, "-c", "port=" + port}, postgresSettings...),
	})
	if err != nil {
		return err
	}
	err = c.usePostgres(ctx, p, addr, d.password)
	if err != nil && p.ended() && strings.Contains(tail(p.log), "ddress already in use") {
		c.forget(p)
		return p.explain(errPortTaken)
	}
	return err
}

// postgresSettings are those of every private PostgreSQL.
var postgresSettings = []string{
	"-c", "max_connections=300", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "shared_preload_libraries=pg_stat_statements",
}

// postgresContainer starts a private PostgreSQL in a container, whose entry point prepares it in memory.
func (c *Cluster) postgresContainer(ctx context.Context) error {
	password := secretWord()
	file, err := c.lab.home.Secret(c.label+"-postgres.password", password)
	if err != nil {
		return err
	}
	const data = "/var/lib/postgresql/data"
	p, err := c.spawn("store", Store, birth{
		program: program{image: postgresImage, path: "postgres"}, scratch: []string{data, "/run/postgresql"},
		args: append([]string{"-k", ""}, postgresSettings...),
		env:  []string{"POSTGRES_USER=authlab", "POSTGRES_DB=authlab", "POSTGRES_PASSWORD_FILE=" + file, "PGDATA=" + data + "/authlab"},
	})
	if err != nil {
		return err
	}
	return c.usePostgres(ctx, p, p.reachedAt("0.0.0.0:5432"), password)
}

// usePostgres waits for a private PostgreSQL and takes it as the cluster's store.
func (c *Cluster) usePostgres(ctx context.Context, p *Process, addr, password string) error {
	// Asked politely it would wait for its clients to leave.
	p.addrs, p.tree, p.quit = []string{addr}, &processTree{}, syscall.SIGINT
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
	host, port, _ := net.SplitHostPort(addr)
	pass, err := c.lab.home.Secret(c.label+"-postgres.pass", fmt.Sprintf("%s:%s:*:authlab:%s\n", host, port, password))
	if err != nil {
		return err
	}
	u := url.URL{
		Scheme: "postgres", User: url.User("authlab"), Host: addr, Path: "/postgres",
		// PostgreSQL's URLs have no + for a space.
		RawQuery: strings.ReplaceAll(url.Values{"sslmode": {"disable"}, "passfile": {pass}}.Encode(), "+", "%20"),
	}
	c.store, c.storeURL = p, u.String()
	return nil
}

// connect opens the connection over which PostgreSQL is asked for its counters: a new one for each question would be measured.
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

// statements is how many statements PostgreSQL has worked on, those that ask for it included.
func (p *Process) statements(ctx context.Context) (n int64, err error) {
	err = p.sql.QueryRow(ctx, "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements").Scan(&n)
	return n, err
}
