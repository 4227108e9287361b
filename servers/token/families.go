package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"authlab/servers/api"
	"authlab/servers/user"
)

// families stores the refresh families in the accounts database, one row each. One conditional UPDATE and the
// database's clock decide everything on which replicas could disagree: a replica's own clock changes no deadline of a
// family, and no sweep uses it.
type families struct {
	db       *user.DB
	access   time.Duration // the life of an access token
	idle     time.Duration
	absolute time.Duration
	grace    time.Duration
}

// A family's reach is the latest expiry of the access tokens that it handed out. Their revocation lasts until then,
// whatever --access-ttl the signing replica had. Replicas of an earlier version do not update it. For their families,
// and while it is 0, used and this replica's --access-ttl give the reach.
var schema = []string{
	`CREATE TABLE IF NOT EXISTS token_families (
		id TEXT PRIMARY KEY,
		account TEXT NOT NULL,
		generation BIGINT NOT NULL,
		agent TEXT NOT NULL,
		created BIGINT NOT NULL,
		used BIGINT NOT NULL,
		expires BIGINT NOT NULL,
		ended BIGINT NOT NULL DEFAULT 0)`,
	`CREATE INDEX IF NOT EXISTS token_families_account ON token_families (account)`,
	`CREATE INDEX IF NOT EXISTS token_families_expires ON token_families (expires)`,
	`CREATE INDEX IF NOT EXISTS token_families_ended ON token_families (ended) WHERE ended <> 0`,
}

// create makes the table, or upgrades an earlier version's.
func (f *families) create(ctx context.Context) error {
	if err := f.db.Create(ctx, schema...); err != nil {
		return err
	}
	return f.db.AddColumn(ctx, "token_families", "reach", "BIGINT NOT NULL DEFAULT 0")
}

// term is how long a login lasts, by the database's clock.
type term struct {
	now     time.Time
	expires time.Time // the family, if it is not renewed
	reach   time.Time // no access token outlives it; zero means unknown
}

// begin makes a new family.
func (f *families) begin(ctx context.Context, account, agent string) (family, term, error) {
	born := family{randomID(), 1}
	var used, expires int64
	err := f.db.Update(ctx, `INSERT INTO token_families (id, account, generation, agent, created, used, expires, reach)
		SELECT CAST(? AS TEXT), CAST(? AS TEXT), 1, CAST(? AS TEXT), now, now, now + CAST(? AS BIGINT),
			now + CAST(? AS BIGINT)
		FROM (SELECT `+f.db.Clock()+` AS now) AS clock RETURNING used, expires`,
		[]any{born.id, account, agent, min(f.idle, f.absolute).Microseconds(), f.handed()}, &used, &expires)
	return born, term{now: time.UnixMicro(used), expires: time.UnixMicro(expires)}, err
}

// The outcomes of presenting a refresh token.
type outcome string

const (
	rotated  outcome = "rotated"  // the latest generation: here is the next
	repeated outcome = "repeated" // the one before, within the grace: here is the latest, again
	reused   outcome = "reused"   // an older one: two holders, one of them a thief; the family must end
	refused  outcome = "refused"  // unknown, ended or expired
)

// turn is a presentation's result.
type turn struct {
	outcome outcome
	next    family
	account string
	term    term
}

// advance presents generation p.generation of a family. The UPDATE decides: of any number of simultaneous presentations
// exactly one advances the family, and none advances an ended one. It does nothing once the client was told that the
// database does not answer: the client would come again with what is then a used token.
func (f *families) advance(ctx context.Context, p family) (turn, error) {
	until, err := f.db.Until(ctx)
	if err != nil {
		return turn{}, err
	}
	return f.advanceUntil(ctx, p, until)
}

func (f *families) advanceUntil(ctx context.Context, p family, until int64) (turn, error) {
	t := turn{outcome: rotated, next: family{p.id, p.generation + 1}}
	now, idle, absolute := f.db.Clock(), f.idle.Microseconds(), f.absolute.Microseconds()
	var used, expires int64
	err := f.db.Update(ctx, `UPDATE token_families SET generation = generation + 1, used = `+now+`,
			expires = CASE WHEN created + ? < `+now+` + ? THEN created + ? ELSE `+now+` + ? END,
			reach = CASE WHEN reach > `+now+` + ? THEN reach ELSE `+now+` + ? END
		WHERE id = ? AND generation = ? AND ended = 0 AND expires > `+now+` AND created > `+now+` - ?
			AND `+now+` < ? RETURNING account, used, expires`,
		[]any{absolute, idle, absolute, idle, f.handed(), f.handed(), p.id, p.generation, absolute, until},
		&t.account, &used, &expires)
	if errors.Is(err, user.ErrNotFound) {
		return f.late(ctx, p)
	}
	t.term = term{now: time.UnixMicro(used), expires: time.UnixMicro(expires)}
	return t, err
}

// late judges a presentation that did not advance its family.
func (f *families) late(ctx context.Context, p family) (turn, error) {
	t := turn{outcome: refused}
	var generation, created, used, expires, ended, reach, now int64
	err := f.db.Get(ctx, `SELECT account, generation, created, used, expires, ended, reach, `+f.db.Clock()+`
		FROM token_families WHERE id = ?`,
		[]any{p.id}, &t.account, &generation, &created, &used, &expires, &ended, &reach, &now)
	switch {
	case errors.Is(err, user.ErrNotFound):
		return t, nil
	case err != nil:
		return t, err
	case ended != 0 || expires <= now || generation < int64(p.generation):
		return t, nil
	case created+f.absolute.Microseconds() <= now: // --refresh-absolute was shortened
		return t, nil
	}
	if generation == int64(p.generation) {
		return t, fmt.Errorf("%w: it was too late to renew a login", user.ErrUnavailable)
	}
	t.term = term{now: time.UnixMicro(now), expires: time.UnixMicro(expires)}
	if reach > now {
		t.term.reach = time.UnixMicro(reach)
	}
	// The answer with the latest generation may have been lost, or two tabs asked at once. Until the latest is presented,
	// giving it again gives only what this client was given already.
	if generation == int64(p.generation)+1 && now-used <= f.grace.Microseconds() {
		t.outcome, t.next = repeated, family{p.id, p.generation + 1}
		return t, nil
	}
	t.outcome = reused
	return t, nil
}

// ended is SQL that ends families. An ended family is swept when its last access token has expired; until then a second
// attempt to end it finds it.
func (f *families) ended(where string) string {
	now := f.db.Clock()
	return `UPDATE token_families SET ended = ` + now + `,
			expires = CASE WHEN reach > ` + now + ` THEN reach ELSE ` + now + ` END
		WHERE ended = 0 AND ` + where
}

// end ends a live family, and returns how far its access tokens reach; zero if it ended before.
func (f *families) end(ctx context.Context, id string) (time.Time, error) {
	var at int64
	err := f.db.Update(ctx, f.ended(`id = ?`)+` RETURNING `+reaches, []any{id, f.handed(), f.handed()}, &at)
	return moment(at, err)
}

// endUser ends all families of an account but keep.
func (f *families) endUser(ctx context.Context, account, keep string) error {
	if !validFamily(keep) {
		keep = ""
	}
	_, err := f.db.Exec(ctx, f.ended(`account = ? AND id <> ?`), account, keep)
	return err
}

// live returns nil if the account has such a family, else user.ErrNotFound.
func (f *families) live(ctx context.Context, account, id string) error {
	if !validFamily(id) {
		return user.ErrNotFound
	}
	var found string
	return f.db.Get(ctx, `SELECT id FROM token_families
		WHERE account = ? AND id = ? AND ended = 0 AND expires > `+f.db.Clock(),
		[]any{account, id}, &found)
}

func (f *families) devices(ctx context.Context, account string) ([]api.Device, error) {
	var devices []api.Device
	err := f.db.Each(ctx, `SELECT id, agent, created, used FROM token_families
		WHERE account = ? AND ended = 0 AND expires > `+f.db.Clock()+` ORDER BY created, id`, []any{account},
		func(scan func(...any) error) error {
			var d api.Device
			var created, used int64
			err := scan(&d.ID, &d.Agent, &created, &used)
			d.Created, d.LastSeen = time.UnixMicro(created), time.UnixMicro(used)
			devices = append(devices, d)
			return err
		})
	return devices, err
}

const (
	sweepEvery = time.Minute
	sweepBatch = 500
	// sweepAfter is how long expired families stay: much longer than access tokens are accepted afterwards, because ending
	// a user's logins has to find them.
	sweepAfter = time.Hour
)

// keepSwept removes expired families until ctx ends.
func (f *families) keepSwept(ctx context.Context, log *slog.Logger) {
	for {
		// Not all replicas at once.
		wait := time.NewTimer(sweepEvery/2 + rand.N(sweepEvery))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		if err := f.sweep(ctx); err != nil && ctx.Err() == nil {
			log.Warn("expired refresh families could not be removed", "error", err)
		}
	}
}

// sweep removes in small batches, so that logins never wait long for the write lock. It uses the database's clock, as
// did the code that wrote expires: a replica that is a week ahead removes no live family. The time is a query of its
// own, asked once, because PostgreSQL uses no index if the time may differ for each row.
func (f *families) sweep(ctx context.Context) error {
	for {
		n, err := f.db.Exec(ctx, `DELETE FROM token_families WHERE id IN
			(SELECT id FROM token_families WHERE expires < (SELECT `+f.db.Clock()+` - ?) LIMIT ?)`,
			sweepAfter.Microseconds(), sweepBatch)
		if err != nil || n < sweepBatch {
			return err
		}
	}
}
