package user

import (
	"context"
	"runtime"
	"time"

	"authlab/servers/postgres"
)

// Config says which accounts to keep and where. The zero value means a private, empty database in memory.
type Config struct {
	// URL says where the accounts are stored: "" (a private SQLite database in memory), "sqlite:PATH" or "postgres://…".
	URL string
	// DemoUsers creates alice and bob (role user) and admin (role admin) where they are missing, all with DemoPassword.
	// The password is public: a server must refuse it on an address that others can reach.
	DemoUsers bool
	// LoadUsers creates load-000000 … load-(N-1), role user, where they are missing. See LoadPassword.
	LoadUsers int
	// LoadKey derives the load users' passwords: at least 32 random bytes. It is required with LoadUsers.
	LoadKey []byte
	// HashMemory is the memory of one argon2id hash in KiB; its time grows with it. 0 means 19456; smaller values are for
	// tests. A stored hash with another cost is refused, so the cost cannot be changed for existing accounts.
	HashMemory uint32
	// HashConcurrency limits how many argon2id checks run at once. 0 means GOMAXPROCS.
	HashConcurrency int
	// HashWait limits how long a password check waits for its turn before ErrBusy. 0 means 2 s.
	HashWait time.Duration
	// Now is the clock of this process and of a SQLite database; nil means time.Now. PostgreSQL uses its own clock.
	Now func() time.Time
}

// Accounts stores users in a database. It is safe for concurrent use, and several processes may share one database.
type Accounts struct {
	db     *DB
	hasher *hasher
	now    func() time.Time
	device []byte
}

// Open connects, creates what is missing, and returns when the database is ready for use. Its error is one sentence and
// never contains a password. It wraps ErrInvalid when c is wrong and ErrUnavailable when the database fails.
func Open(ctx context.Context, c Config) (*Accounts, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.HashMemory == 0 {
		c.HashMemory = argonMemory
	}
	if c.HashConcurrency <= 0 {
		c.HashConcurrency = runtime.GOMAXPROCS(0)
	}
	if c.HashWait <= 0 {
		c.HashWait = 2 * time.Second
	}
	if c.LoadUsers > 0 && len(c.LoadKey) < 32 {
		return nil, invalid("load users need a load key of at least 32 bytes, and this one has %d", len(c.LoadKey))
	}
	if c.LoadUsers < 0 || c.LoadUsers > maxLoadUsers {
		return nil, invalid("there can be 0 to %d load users, not %d", maxLoadUsers, c.LoadUsers)
	}
	db, err := openDB(ctx, c.URL, c.Now)
	if err != nil {
		return nil, err
	}
	a := &Accounts{db: db, hasher: newHasher(c.HashConcurrency, c.HashWait, c.HashMemory), now: c.Now}
	if err := a.prepare(ctx, c); err != nil {
		db.close()
		if postgres.Elsewhere(err) {
			err = sentence{"the accounts database cannot be used: " + postgres.Reason(err), ErrUnavailable}
		}
		return nil, err
	}
	return a, nil
}

// Ping checks that the database answers. The error wraps ErrUnavailable.
func (a *Accounts) Ping(ctx context.Context) error {
	var one int
	return a.db.Get(ctx, `SELECT 1`, nil, &one)
}

// DB returns the database, for packages that store rows of their own beside the accounts.
func (a *Accounts) DB() *DB { return a.db }

// DeviceKey is a secret shared by all processes with this database: 32 random bytes, made when the database is first
// opened.
func (a *Accounts) DeviceKey() []byte { return a.device }

// Close releases the connections. A private database in memory is gone afterwards.
func (a *Accounts) Close() error { return a.db.close() }

const columns = `id, name, role, disabled, load_account, version, created`

func (u *User) fields(created *int64) []any {
	return []any{&u.ID, &u.Name, &u.Role, &u.Disabled, &u.Load, &u.Version, created}
}

func (a *Accounts) one(ctx context.Context, where, value string) (User, error) {
	var u User
	var created int64
	if !storable(value) {
		return User{}, ErrNotFound
	}
	err := a.db.Get(ctx, `SELECT `+columns+` FROM accounts WHERE `+where+` = ?`, []any{value}, u.fields(&created)...)
	u.Created = time.UnixMicro(created)
	return u, err
}

// ByID finds an account, disabled ones included. The error is ErrNotFound or wraps ErrUnavailable.
func (a *Accounts) ByID(ctx context.Context, id string) (User, error) { return a.one(ctx, "id", id) }

// ByName is ByID by exact name.
func (a *Accounts) ByName(ctx context.Context, name string) (User, error) {
	return a.one(ctx, "name", name)
}

// List returns up to limit accounts in byte order of their names, starting after the name after ("" is the start).
func (a *Accounts) List(ctx context.Context, after string, limit int) ([]User, error) {
	if !storable(after) || limit < 1 {
		return nil, invalid("a page begins after a name and has at least one account")
	}
	users := []User{}
	q := `SELECT ` + columns + ` FROM accounts WHERE name > ? ORDER BY name LIMIT ?`
	err := a.db.Each(ctx, q, []any{after, limit}, func(scan func(...any) error) error {
		var u User
		var created int64
		err := scan(u.fields(&created)...)
		u.Created = time.UnixMicro(created)
		users = append(users, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	return users, nil
}
