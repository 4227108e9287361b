// Package usertest starts a private PostgreSQL server for tests.
package usertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a server of the test's own, on a unix socket in a temporary folder: it uses no port and shares nothing.
type Postgres struct {
	bin, dir string
	as       *syscall.Credential // PostgreSQL refuses to run as root
	server   *exec.Cmd
	ended    chan struct{} // closed when server has ended
	made     atomic.Int64
}

// common is what the tests of a binary share.
var common struct {
	mu     sync.Mutex
	dir    string    // holds an empty server's data, to be copied: making them takes ten times as long
	server *Postgres // the one that SharedPostgres returns
}

// Main runs a package's tests and removes what they shared. A package that starts servers calls it in its TestMain.
func Main(m *testing.M) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	common.dir = dir
	code := m.Run()
	if common.server != nil {
		common.server.end()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// StartPostgres makes an empty server that ends with the test. Where PostgreSQL is not installed, the test is skipped,
// or fails with CI=true in the environment. With -short the test is always skipped.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	bin := installed(t)
	common.mu.Lock()
	defer common.mu.Unlock()
	p := begin(t, bin)
	t.Cleanup(p.end)
	return p
}

// SharedPostgres returns a server that the package's tests share, each in databases of its own, made as StartPostgres
// makes one. A test that stops or pauses a server, or needs all of its connections, starts its own.
func SharedPostgres(t testing.TB) *Postgres {
	t.Helper()
	bin := installed(t)
	common.mu.Lock()
	defer common.mu.Unlock()
	if common.server == nil {
		common.server = begin(t, bin)
	}
	return common.server
}

// installed returns the folder of PostgreSQL's programs. Without them the test is skipped.
func installed(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a PostgreSQL is left out with -short")
	}
	bin, err := binaries()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if common.dir == "" {
		t.Fatal("the package has no TestMain that calls usertest.Main")
	}
	return bin
}

// begin starts a server with a copy of the empty data, which the first one makes.
func begin(t testing.TB, bin string) *Postgres {
	t.Helper()
	p := &Postgres{bin: bin, dir: folder(t)}
	sound := false
	defer func() {
		if !sound {
			p.end()
		}
	}()
	if os.Getuid() == 0 {
		p.as = ordinaryUser(t, p.dir)
		ordinaryUser(t, common.dir)
	}
	empty := filepath.Join(common.dir, "data")
	if _, err := os.Stat(empty); errors.Is(err, os.ErrNotExist) {
		p.run(t, filepath.Join(bin, "initdb"), "-D", p.data(), "-U", "authlab", "-A", "trust", "-E", "UTF8",
			"--locale=C.UTF-8", "--wal-segsize=1", "--no-sync")
		p.run(t, "mv", p.data(), empty)
	}
	p.run(t, "cp", "-R", empty, p.data())
	p.Start(t)
	sound = true
	return p
}

// end stops the server and removes its data.
func (p *Postgres) end() {
	p.Stop()
	os.RemoveAll(p.dir)
}

// Exec runs a statement as the superuser.
func (p *Postgres) Exec(t testing.TB, statement string) {
	t.Helper()
	if err := p.sql(statement); err != nil {
		t.Fatal(err)
	}
}

// Socket is where the server listens.
func (p *Postgres) Socket() string { return filepath.Join(p.dir, ".s.PGSQL.5432") }

// folder does not use t.TempDir, which only root could enter and whose name may be too long for a socket (107 bytes).
func folder(t testing.TB) string {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		return filepath.Dir(slices.Max(found)), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errors.New("PostgreSQL is not installed (Debian: apt install postgresql)")
}

// ordinaryUser gives dir to the account that PostgreSQL's package made.
func ordinaryUser(t testing.TB, dir string) *syscall.Credential {
	t.Helper()
	account, err := osuser.Lookup("postgres")
	if err != nil {
		t.Fatal("root cannot run PostgreSQL, and there is no account postgres to run it as: ", err)
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *Postgres) command(path string, args ...string) *exec.Cmd {
	c := exec.Command(path, args...)
	c.Dir = p.dir
	// SIGQUIT is an immediate shutdown: a killed test binary leaves no server behind.
	c.SysProcAttr = &syscall.SysProcAttr{Credential: p.as, Pdeathsig: syscall.SIGQUIT, Setpgid: true}
	return c
}

func (p *Postgres) run(t testing.TB, path string, args ...string) {
	t.Helper()
	if out, err := p.command(path, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, out)
	}
}

// Start starts the server, again after Stop, and returns when it answers.
func (p *Postgres) Start(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p.server = p.command(filepath.Join(p.bin, "postgres"), "-D", p.data(), "-k", p.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=200")
	p.server.Stdout, p.server.Stderr = log, log
	if err := p.server.Start(); err != nil {
		t.Fatal(err)
	}
	p.ended = make(chan struct{})
	go func(c *exec.Cmd, ended chan struct{}) { c.Wait(); close(ended) }(p.server, p.ended)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := p.sql("SELECT 1")
		if err == nil {
			return
		}
		select {
		case <-p.ended:
		default:
			if time.Now().Before(deadline) {
				continue
			}
		}
		log.Seek(0, io.SeekStart)
		said, _ := io.ReadAll(log)
		t.Fatalf("PostgreSQL does not start: %v\n%s", err, said)
	}
}

// Stop ends the server at once and cuts its connections; the data stay.
func (p *Postgres) Stop() {
	if p.server == nil {
		return
	}
	p.Resume()
	p.server.Process.Signal(syscall.SIGQUIT)
	<-p.ended
	p.server = nil
}

// Pause makes the server hang: connections stay open, but get no answer.
func (p *Postgres) Pause() {
	syscall.Kill(-p.server.Process.Pid, syscall.SIGSTOP)
	p.each(syscall.SIGSTOP)
}

// Resume ends a Pause.
func (p *Postgres) Resume() {
	p.each(syscall.SIGCONT)
	syscall.Kill(-p.server.Process.Pid, syscall.SIGCONT)
}

// each signals the server's children, which form process groups of their own.
func (p *Postgres) each(s syscall.Signal) {
	tasks := fmt.Sprintf("/proc/%d/task/%[1]d/children", p.server.Process.Pid)
	children, _ := os.ReadFile(tasks)
	var pid int
	for rest := string(children); ; {
		if _, err := fmt.Sscan(rest, &pid); err != nil {
			return
		}
		syscall.Kill(pid, s)
		rest = rest[len(strconv.Itoa(pid))+1:]
	}
}

// NewDatabase makes an empty database and returns its URL. The database is dropped after the test.
func (p *Postgres) NewDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", p.made.Add(1))
	p.Exec(t, "CREATE DATABASE "+name)
	if p == common.server { // any other ends with its test
		t.Cleanup(func() { p.Exec(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	}
	return p.url(name)
}

func (p *Postgres) url(database string) string {
	return "postgres:///" + database + "?user=authlab&host=" + url.QueryEscape(p.dir)
}

func (p *Postgres) sql(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}
