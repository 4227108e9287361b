// Package postgres is common to all connections to a PostgreSQL here. A connection must lead to a server that takes
// writes, or it is closed, and messages have a maximum length. After a failover the same address may lead to another
// server, and only a new connection finds it.
package postgres

import (
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// mostBody is the maximum length of a message of PostgreSQL. The longest here has a thousand accounts.
const mostBody = 16 << 20

// elsewhere holds the SQLSTATEs of a server that is not, or not yet, the right one: it takes no writes, is ending or
// starting, denies us the rights, or has no tables.
var elsewhere = map[string]bool{
	"25006": true, "57P01": true, "57P02": true, "57P03": true, "42501": true, "42P01": true, "3F000": true,
}

// Elsewhere reports whether an error comes from such a server, rather than being about a statement.
func Elsewhere(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && elsewhere[said.Code]
}

// turnEvery limits how often connections are closed for what a server says: making one costs PostgreSQL a process.
const turnEvery = time.Second

// Guard applies the package's rules to c's connections. A server that says that it is the wrong one loses the
// connection, and turned is called, which may close the others; at most once in turnEvery.
func Guard(c *pgconn.Config, turned func()) {
	c.MaxProtocolMessageBodyLen = mostBody
	c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	fatal := c.OnPgError
	born := time.Now()
	var last atomic.Int64 // as time since born; 0 is never
	c.OnPgError = func(conn *pgconn.PgConn, said *pgconn.PgError) bool {
		if !elsewhere[said.Code] {
			return fatal(conn, said)
		}
		then, now := last.Load(), int64(time.Since(born))
		if then != 0 && now-then < int64(turnEvery) || !last.CompareAndSwap(then, now) {
			return fatal(conn, said)
		}
		turned()
		return false
	}
}

// Reason says in a few words why a server cannot be used: without the addresses that the driver puts around it.
func Reason(err error) string {
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said) && said.Code == "25006", errors.Is(err, pgconn.ErrReadOnlyConnection):
		return "it is a standby or read-only: name the primary"
	case errors.As(err, &said) && said.Code == "42501":
		return said.Message + ": name a user that may create and change tables"
	case errors.As(err, &said):
		return said.Message
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}
