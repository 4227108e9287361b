package postgres_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"authlab/servers/postgres"
)

// says is the URL of a server that takes a client's first message and answers with text, and with nothing more.
func says(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				_, _ = c.Read(make([]byte, 1<<10))
				_, _ = io.WriteString(c, text)
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	return "postgres://u@" + l.Addr().String() + "/d?sslmode=disable"
}

// TestGiantMessages: no memory is taken for what a message says of its length. A server that is believed is waited for.
func TestGiantMessages(t *testing.T) {
	for _, length := range []uint32{0, 3, 1<<24 + 5, 1 << 30, 1<<31 - 1, 1 << 31, 1<<32 - 1} {
		for _, kind := range "RESZDTN" {
			c, err := pgx.ParseConfig(says(t, string(kind)+string(binary.BigEndian.AppendUint32(nil, length))))
			if err != nil {
				t.Fatal(err)
			}
			postgres.Guard(&c.Config, func() {})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			conn, err := pgx.ConnectConfig(ctx, c)
			if err == nil {
				conn.Close(ctx)
			}
			var long *pgproto3.ExceededMaxBodyLenErr
			if err == nil || ctx.Err() != nil || length > 1<<24 && length < 1<<31 && !errors.As(err, &long) {
				t.Errorf("%c of %d bytes: %v", kind, length, err)
			}
			cancel()
		}
	}
}

// TestTurnsInRounds: of many refusals one closes its connection and calls for the others.
func TestTurnsInRounds(t *testing.T) {
	c, err := pgconn.ParseConfig("postgres://u@h/d")
	if err != nil {
		t.Fatal(err)
	}
	turned := 0
	postgres.Guard(c, func() { turned++ })
	refusal := &pgconn.PgError{Severity: "ERROR", Code: "25006"}
	if keeps := c.OnPgError(nil, refusal); keeps || turned != 1 {
		t.Errorf("the connection is kept: %v, %d rounds", keeps, turned)
	}
	for range 100 {
		if keeps := c.OnPgError(nil, refusal); !keeps || turned != 1 {
			t.Fatalf("just afterwards the connection is kept: %v, %d rounds", keeps, turned)
		}
	}
	for deadline := time.Now().Add(time.Minute); c.OnPgError(nil, refusal); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("there is no second round")
		}
	}
	if !c.OnPgError(nil, &pgconn.PgError{Severity: "ERROR", Code: "23505"}) || turned != 2 {
		t.Error("an error about a statement costs its connection")
	}
	if c.OnPgError(nil, &pgconn.PgError{Severity: "FATAL", Code: "57P01"}) {
		t.Error("a connection that the server ends is kept")
	}
}
