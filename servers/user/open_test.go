package user_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

func TestMemorySurvivesReconnects(t *testing.T) {
	a := open(t, user.Config{DemoUsers: true})
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(i*4)*time.Microsecond, cancel)
		a.List(ctx, "", 100)
		a.DB().Change(ctx, func(tx *user.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance + 1`)
			return err
		})
		cancel()
	}
	runtime.GC()
	named(t, a, "alice")
}

func TestDatabaseGoesAway(t *testing.T) {
	pg := usertest.StartPostgres(t)
	a := open(t, user.Config{URL: pg.NewDatabase(t), DemoUsers: true, HashMemory: 64})
	refused := func(how string, within time.Duration) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		start := time.Now()
		_, err := a.ByName(ctx, "alice")
		is(t, how, err, user.ErrUnavailable)
		is(t, how, a.Ping(ctx), user.ErrUnavailable)
		_, err = a.Verify(ctx, "alice", user.DemoPassword)
		is(t, how, err, user.ErrUnavailable)
		is(t, how, a.Disable(ctx, user.Trusted, "x"), user.ErrUnavailable)
		if took := time.Since(start); took > within+time.Second {
			t.Errorf("%s: took %v", how, took)
		}
	}
	pg.Pause()
	refused("hanging", 300*time.Millisecond)
	pg.Resume()
	named(t, a, "alice")
	pg.Stop()
	refused("stopped", 2*time.Second)
	pg.Start(t)
	named(t, a, "alice")
}

// TestRestartBetweenQuestions: connections that died while idle cost no question an error, however many there were.
// They end as an operator ends them, sooner than they would be checked anyway.
func TestRestartBetweenQuestions(t *testing.T) {
	pg := usertest.StartPostgres(t)
	a := open(t, user.Config{URL: pg.NewDatabase(t), DemoUsers: true, HashMemory: 64})
	for what, ends := range map[string]func(){
		"restarted": func() { pg.Stop(); pg.Start(t) },
		"cut": func() {
			pg.Exec(t, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
				WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)
		},
	} {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 20 {
					named(t, a, "alice")
				}
			})
		}
		all.Wait()
		ends()
		for i := range 16 {
			if _, err := a.ByName(t.Context(), "alice"); err != nil {
				t.Errorf("%s, question %d: %v", what, i, err)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	defer func() {
		if left, _ := os.ReadDir("."); len(left) > 0 {
			t.Errorf("%v was made", left)
		}
	}()
	noDatabase := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(noDatabase, []byte(strings.Repeat("this is not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		config user.Config
		kind   error
		says   string
	}{
		{user.Config{URL: "mysql://root:hunter2@h/d"}, user.ErrInvalid, "sqlite:PATH or postgres://"},
		{user.Config{URL: "sqlite:"}, user.ErrInvalid, "sqlite:PATH"},
		{user.Config{URL: "sqlite::memory:"}, user.ErrInvalid, "leave the database out for one in memory"},
		{user.Config{URL: "sqlite::memory:?cache=shared"}, user.ErrInvalid, ":memory: is none"},
		{user.Config{URL: "sqlite:file::memory:?cache=shared"}, user.ErrInvalid, "a URL file: is none"},
		{user.Config{URL: "sqlite:file:accounts?mode=memory"}, user.ErrInvalid, "a URL file: is none"},
		{user.Config{URL: "sqlite:a\x00b"}, user.ErrInvalid, "NUL"},
		{user.Config{URL: "sqlite:" + t.TempDir()}, user.ErrInvalid, "is a directory"},
		{user.Config{URL: "sqlite:/no/such/folder/x.db"}, user.ErrInvalid, "/no/such/folder/x.db"},
		{user.Config{URL: "sqlite:" + noDatabase}, user.ErrInvalid, "not a database"},
		{user.Config{URL: "postgres://u:hunter2@127.0.0.1:1/d"}, user.ErrUnavailable, "127.0.0.1:1"},
		{user.Config{URL: "postgres://u:hunter2@127.0.0.1:port/d"}, user.ErrInvalid, "cannot be read"},
		{user.Config{URL: "postgres://u:hunter2@h/d?sslmode=hunter2"}, user.ErrInvalid, "cannot be read"},
		{user.Config{LoadUsers: 1}, user.ErrInvalid, "load key"},
		{user.Config{LoadUsers: -1, LoadKey: key}, user.ErrInvalid, "load users"},
	} {
		a, err := user.Open(t.Context(), c.config)
		if err == nil {
			a.Close()
		}
		is(t, c.config.URL, err, c.kind)
		t.Log(err)
		if err != nil && (!strings.Contains(err.Error(), c.says) || strings.ContainsAny(err.Error(), "\n")) {
			t.Errorf("%s: %q does not say %q in one line", c.config.URL, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is in %q", err)
		}
	}
}

func TestDatabaseFileIsPrivate(t *testing.T) {
	url := fresh(t)
	open(t, user.Config{URL: url, HashMemory: 64})
	files, _ := filepath.Glob(filepath.Dir(strings.TrimPrefix(url, "sqlite:")) + "/*")
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
	if len(files) == 0 {
		t.Error("no file")
	}
}

// TestFilesOfAnyName: a path is a path, whatever it would mean in a URL.
func TestFilesOfAnyName(t *testing.T) {
	for _, name := range []string{
		"a b", "a?b", "a#b", "a%62", `a"b`, "a'b", `a\b`, "a$b", "a&b=c", "a;b",
		"über", "a:memory:", "?mode=memory", "a\tb", "*", "a\xffb",
	} {
		path := filepath.Join(t.TempDir(), name)
		a := open(t, user.Config{URL: "sqlite:" + path, DemoUsers: true, HashMemory: 64})
		named(t, a, "alice")
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q: %v", name, err)
		}
	}
	t.Chdir(t.TempDir())
	named(t, open(t, user.Config{URL: "sqlite:./:memory:", DemoUsers: true}), "alice")
	if _, err := os.Stat(":memory:"); err != nil {
		t.Error(err)
	}
}
