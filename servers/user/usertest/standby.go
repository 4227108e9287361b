package usertest

import (
	"path/filepath"
	"testing"
	"time"
)

// Standby starts a read-only server that follows this one.
func (p *Postgres) Standby(t testing.TB) *Postgres {
	t.Helper()
	s := &Postgres{bin: p.bin, dir: folder(t)}
	if p.as != nil {
		s.as = ordinaryUser(t, s.dir)
	}
	t.Cleanup(s.end)
	s.run(t, filepath.Join(s.bin, "pg_basebackup"), "-D", s.data(), "-h", p.dir, "-U", "authlab", "-R", "-c", "fast",
		"--no-sync")
	s.Start(t)
	return s
}

// Demote makes standby the primary once it has all of this server's data. This server then takes no writes and gets no
// updates; its connections stay.
func (p *Postgres) Demote(t testing.TB, standby *Postgres) {
	t.Helper()
	p.Exec(t, "CREATE DATABASE demoted")
	const there = "SELECT 1 / count(*) FROM pg_database WHERE datname = 'demoted'"
	for deadline := time.Now().Add(time.Minute); standby.sql(there) != nil; {
		if time.Now().After(deadline) {
			t.Fatal("the standby does not follow")
		}
	}
	standby.Exec(t, "SELECT pg_promote()")
	p.Exec(t, "ALTER SYSTEM SET default_transaction_read_only = on")
	p.Exec(t, "SELECT pg_reload_conf()")
}
