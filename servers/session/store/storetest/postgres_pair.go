package storetest

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"authlab/servers/user/usertest"
)

// PostgresPair is a primary and its standby behind one address.
type PostgresPair struct {
	*Forwarder
	Old, New *usertest.Postgres
	database string
	t        testing.TB
}

// Postgres starts them.
func Postgres(t testing.TB) *PostgresPair {
	t.Helper()
	p := &PostgresPair{Old: usertest.StartPostgres(t), t: t}
	where, err := url.Parse(p.Old.NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	p.database = strings.TrimPrefix(where.Path, "/")
	p.New = p.Old.Standby(t)
	p.Forwarder = Forward(t, "unix", p.Old.Socket())
	return p
}

// URL is where the pair is.
func (p *PostgresPair) URL() string { return p.by("authlab", p.Addr) }

// Standby is where the new one is, whatever the address does.
func (p *PostgresPair) Standby() string {
	return p.by("authlab", Forward(p.t, "unix", p.New.Socket()).Addr)
}

// Reader is the URL of a user that may only read.
func (p *PostgresPair) Reader() string {
	p.Old.Exec(p.t, "CREATE ROLE reader LOGIN IN ROLE pg_read_all_data")
	return p.by("reader", p.Addr)
}

// Grant gives a right within the database.
func (p *PostgresPair) Grant(what string) {
	p.t.Helper()
	conn, err := pgx.Connect(context.Background(), p.URL())
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "GRANT "+what); err != nil {
		p.t.Fatal(err)
	}
}

func (p *PostgresPair) by(user, addr string) string {
	return "postgres://" + user + "@" + addr + "/" + p.database + "?sslmode=disable"
}

// Demote makes the standby the primary.
func (p *PostgresPair) Demote() { p.Old.Demote(p.t, p.New) }

// Promote points the address to the new one.
func (p *PostgresPair) Promote() { p.Switch(p.New.Socket()) }
