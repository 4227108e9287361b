package user_test

import (
	"path/filepath"
	"testing"
	"time"

	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

// TestClock: SQLite uses the process's clock, each database the one it was opened with; PostgreSQL uses its server's.
func TestClock(t *testing.T) {
	then := time.Date(2031, 5, 6, 7, 8, 9, 123_456_000, time.UTC)
	now := then
	moved := func() time.Time { return now }
	file := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	one, two := open(t, user.Config{URL: file, Now: moved, HashMemory: 64}), open(t, user.Config{URL: file})
	memory := open(t, user.Config{Now: moved})
	is := func(what string, a *user.Accounts, least, most time.Time) {
		t.Helper()
		got, err := a.DB().Now(t.Context())
		if err != nil || got.Before(least.Truncate(time.Microsecond)) || got.After(most) {
			t.Errorf("%s: %v, %v; want between %v and %v", what, got, err, least, most)
		}
	}
	for range 2 {
		is("a file", one, now, now)
		is("in memory", memory, now, now)
		began := time.Now()
		is("the file, opened by another process", two, began, time.Now().Add(time.Minute))
		now = now.Add(-13 * time.Hour)
	}
	if until, err := one.DB().Until(t.Context()); err != nil || until <= now.UnixMicro() ||
		until > now.Add(time.Minute).UnixMicro() {
		t.Errorf("a statement may run until %v, %v, and it is now %v", time.UnixMicro(until), err, now)
	}

	pg := usertest.SharedPostgres(t)
	began := time.Now()
	is("PostgreSQL", open(t, user.Config{URL: pg.NewDatabase(t), Now: moved}), began, time.Now().Add(time.Minute))
	still := pg.NewStill(t)
	a := open(t, user.Config{URL: still, HashMemory: 64})
	usertest.SetClock(t, still, then)
	is("a PostgreSQL whose clock stands still", a, then, then)
}

// TestAddColumn: a table gets the column once, whatever it holds.
func TestAddColumn(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "", "postgres": usertest.SharedPostgres(t).NewDatabase(t)} {
		t.Run(name, func(t *testing.T) {
			db := open(t, user.Config{URL: url, HashMemory: 64}).DB()
			if err := db.Create(t.Context(), `CREATE TABLE IF NOT EXISTS things (id TEXT PRIMARY KEY)`); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(t.Context(), `INSERT INTO things (id) VALUES ('old')`); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := db.AddColumn(t.Context(), "things", "size", "BIGINT NOT NULL DEFAULT 7"); err != nil {
					t.Fatal(err)
				}
			}
			var size int
			if err := db.Get(t.Context(), `SELECT size FROM things WHERE id = 'old'`, nil, &size); err != nil || size != 7 {
				t.Error(size, err)
			}
		})
	}
}
