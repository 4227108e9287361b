package user

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// DemoPassword is the password of the demonstration accounts. It is public.
	DemoPassword = "correct horse battery staple"

	initialBalance = 1_000_00 // cents
	maxLoadUsers   = 1_000_000
	perLoadUser    = 200 * time.Microsecond // several times what creating one takes
)

// LoadName is the name of load user i, from 0.
func LoadName(i int) string { return fmt.Sprintf("load-%06d", i) }

// seedID is the ID of an account that every fresh database has. It is derived from the name, so that replicas with
// private databases use the same IDs.
func seedID(name string) string {
	sum := sha256.Sum256([]byte("authlab account " + name))
	return hex.EncodeToString(sum[:10])
}

func schema(d dialect) []string {
	return []string{
		`CREATE TABLE IF NOT EXISTS accounts (
			id TEXT PRIMARY KEY,
			name TEXT COLLATE ` + d.bytes + ` NOT NULL UNIQUE,
			hash TEXT NOT NULL,
			role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
			load_account SMALLINT NOT NULL DEFAULT 0 CHECK (load_account IN (0, 1)),
			disabled SMALLINT NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
			version BIGINT NOT NULL DEFAULT 1,
			balance BIGINT NOT NULL CHECK (balance >= 0),
			created BIGINT NOT NULL)`,
		`CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
		// A database user that may run these statements may run all later ones. They match no rows.
		`INSERT INTO accounts SELECT * FROM accounts WHERE 1 = 0`,
		`UPDATE accounts SET name = name, hash = hash, role = role, disabled = disabled, version = version,
			balance = balance WHERE 1 = 0`,
	}
}

// prepare creates tables and accounts in one transaction. Of processes that start together on one database, the first
// does the work while the others wait, and then find it done.
func (a *Accounts) prepare(ctx context.Context, c Config) error {
	demo, err := a.demoRows(ctx, c.DemoUsers)
	if err != nil {
		return err
	}
	return a.db.exclusive(ctx, crowd+time.Duration(c.LoadUsers)*perLoadUser, func(tx *Tx) error {
		for _, s := range schema(a.db.dialect) {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		if err := insert(ctx, tx, demo, keep, a.now().UnixMicro()); err != nil {
			return err
		}
		if a.device, err = deviceKey(ctx, tx); err != nil {
			return err
		}
		return a.loadUsers(ctx, tx, c)
	})
}

// deviceKey returns the key of device cookies. It is stored beside the password hashes: a reader of those can try
// passwords offline anyway.
func deviceKey(ctx context.Context, tx *Tx) ([]byte, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh)
	_, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ('device key', ?) ON CONFLICT (name) DO NOTHING`,
		hex.EncodeToString(fresh))
	if err != nil {
		return nil, err
	}
	var text string
	if err := tx.Get(ctx, `SELECT value FROM settings WHERE name = 'device key'`, nil, &text); err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != len(fresh) {
		return nil, invalid("the setting %q of the accounts database is not a key: delete it, and a new one is made",
			"device key")
	}
	return key, nil
}

// row is an account to be created.
type row struct {
	name string
	hash string
	role Role
	load int
}

func (a *Accounts) demoRows(ctx context.Context, wanted bool) ([]row, error) {
	if !wanted {
		return nil, nil
	}
	rows := []row{{name: "alice", role: RoleUser}, {name: "bob", role: RoleUser}, {name: "admin", role: RoleAdmin}}
	for i := range rows {
		hash, err := a.hasher.hash(ctx, DemoPassword)
		if err != nil {
			return nil, err
		}
		rows[i].hash = hash
	}
	return rows, nil
}

// loadUsers creates missing load users, and rewrites hashes made from another key. The settings table records what was
// done last, so that finding nothing to do takes one query.
func (a *Accounts) loadUsers(ctx context.Context, tx *Tx, c Config) error {
	if c.LoadUsers == 0 {
		return nil
	}
	key := loadHash(LoadPassword(c.LoadKey, "which key this is")) // no user name has a space
	var done string
	err := tx.Get(ctx, `SELECT value FROM settings WHERE name = 'load users'`, nil, &done)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	from, oldKey, _ := strings.Cut(done, " ")
	have, _ := strconv.Atoi(from)
	n := max(c.LoadUsers, have) // with a new key, rewrite all that exist, not only the first N
	first := 0
	if oldKey == key {
		first = min(have, n)
	}
	if first == n {
		return nil
	}
	rows := make([]row, 0, n-first)
	for i := first; i < n; i++ {
		name := LoadName(i)
		rows = append(rows, row{name, loadHash(LoadPassword(c.LoadKey, name)), RoleUser, 1})
	}
	if err := insert(ctx, tx, rows, rekey, a.now().UnixMicro()); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ('load users', ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, strconv.Itoa(n)+" "+key)
	return err
}

// What happens to an account that already exists.
const (
	keep = ` ON CONFLICT (name) DO NOTHING`
	// rekey gives a load account its new hash; it skips an account that took its name or left the scheme.
	rekey = ` ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, version = accounts.version + 1
		WHERE accounts.load_account = 1 AND accounts.hash <> excluded.hash`
)

// insert creates accounts, hundreds in one statement: one statement each would take four times as long.
func insert(ctx context.Context, tx *Tx, rows []row, conflict string, now int64) error {
	const batch = 500 // times 7 arguments, of 32,766 (SQLite) and 65,535 (PostgreSQL)
	for len(rows) > 0 {
		n := min(batch, len(rows))
		args := make([]any, 0, 7*n)
		for _, r := range rows[:n] {
			args = append(args, seedID(r.name), r.name, r.hash, string(r.role), r.load, initialBalance, now)
		}
		values := strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?, ?), ", n), ", ")
		_, err := tx.Exec(ctx, `INSERT INTO accounts (id, name, hash, role, load_account, balance, created) VALUES `+
			values+conflict, args...)
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
