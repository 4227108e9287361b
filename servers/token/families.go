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

// families keeps the refresh families in the accounts database, one row each. All that several replicas could disagree
// about is decided by one conditional UPDATE.
type families struct {
	db       *user.DB
	idle     time.Duration
	absolute time.Duration
	grace    time.Duration
	now      func() time.Time
}

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
}

// begin makes a new family and returns it with the time when it expires.
func (f *families) begin(ctx context.Context, account, agent string) (family, time.Time, error) {
	now := f.now()
	born, expires := family{randomID(), 1}, now.Add(min(f.idle, f.absolute))
	_, err := f.db.Exec(ctx, `INSERT INTO token_families (id, account, generation, agent, created, used, expires)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, born.id, account, born.generation, agent, now.UnixMicro(), now.UnixMicro(),
		expires.UnixMicro())
	return born, expires, err
}

// What the presentation of a refresh token came to.
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
	expires time.Time // the family, if nobody renews it
}

// advance presents generation p.generation of a family. The UPDATE decides: of any number of presentations at once
// exactly one moves the family on, and none moves a family that ended before. It does nothing when the client was told that the database
// does not answer: the client would come again with what is then a used token.
func (f *families) advance(ctx context.Context, p family) (turn, error) {
	until, err := f.db.Until(ctx)
	if err != nil {
		return turn{}, err
	}
	return f.advanceUntil(ctx, p, until)
}

func (f *families) advanceUntil(ctx context.Context, p family, until int64) (turn, error) {
	now := f.now()
	t := turn{outcome: rotated, next: family{p.id, p.generation + 1}}
	idle, absolute := now.Add(f.idle).UnixMicro(), f.absolute.Microseconds()
	var expires int64
	err := f.db.Update(ctx, `UPDATE token_families SET generation = generation + 1, used = ?,
			expires = CASE WHEN created + ? < ? THEN created + ? ELSE ? END
		WHERE id = ? AND generation = ? AND ended = 0 AND expires > ? AND created > ?
			AND `+f.db.Clock()+` < ? RETURNING account, expires`,
		[]any{
			now.UnixMicro(), absolute, idle, absolute, idle, p.id, p.generation, now.UnixMicro(), now.UnixMicro() - absolute, until,
		}, &t.account, &expires)
	if errors.Is(err, user.ErrNotFound) {
		return f.late(ctx, p, now)
	}
	t.expires = time.UnixMicro(expires)
	return t, err
}

// late judges a presentation that did not move its family on.
func (f *families) late(ctx context.Context, p family, now time.Time) (turn, error) {
	t := turn{outcome: refused}
	var generation, created, used, expires, ended int64
	err := f.db.Get(ctx, `SELECT account, generation, created, used, expires, ended FROM token_families WHERE id = ?`,
		[]any{p.id}, &t.account, &generation, &created, &used, &expires, &ended)
	switch {
	case errors.Is(err, user.ErrNotFound):
		return t, nil
	case err != nil:
		return t, err
	case ended != 0 || expires <= now.UnixMicro() || generation < int64(p.generation):
		return t, nil
	}
	t.expires = time.UnixMicro(expires)
	if !time.UnixMicro(created).Add(f.absolute).After(now) { // --refresh-absolute was shortened
		return t, nil
	}
	if generation == int64(p.generation) {
		return t, fmt.Errorf("%w: it was too late to renew a login", user.ErrUnavailable)
	}
	// The answer that carried the latest generation may have been lost, or two tabs asked at once. As long as nobody
	// presented it, giving it again gives nothing that this client was not given already.
	if generation == int64(p.generation)+1 && now.Sub(time.UnixMicro(used)) <= f.grace {
		t.outcome, t.next = repeated, family{p.id, p.generation + 1}
		return t, nil
	}
	t.outcome = reused
	return t, nil
}

// end ends a family, if it is there and has not ended.
func (f *families) end(ctx context.Context, id string) error {
	now := f.now().UnixMicro()
	_, err := f.db.Exec(ctx, endFamilies+`id = ?`, now, now, id)
	return err
}

// An ended family has expired too, so that the sweep finds it.
const endFamilies = `UPDATE token_families SET ended = ?, expires = ? WHERE ended = 0 AND `

// endUser ends all families of an account but keep.
func (f *families) endUser(ctx context.Context, account, keep string) error {
	if !validFamily(keep) {
		keep = ""
	}
	now := f.now().UnixMicro()
	_, err := f.db.Exec(ctx, endFamilies+`account = ? AND id <> ?`, now, now, account, keep)
	return err
}

// live is nil if the account has such a family, and user.ErrNotFound if not.
func (f *families) live(ctx context.Context, account, id string) error {
	if !validFamily(id) {
		return user.ErrNotFound
	}
	var found string
	return f.db.Get(ctx, `SELECT id FROM token_families WHERE account = ? AND id = ? AND ended = 0 AND expires > ?`,
		[]any{account, id, f.now().UnixMicro()}, &found)
}

// used are the families of an account but keep, ended or not, that handed something out within a time.
func (f *families) used(ctx context.Context, account, keep string, within time.Duration) ([]string, error) {
	var ids []string
	err := f.db.Each(ctx, `SELECT id FROM token_families WHERE account = ? AND id <> ? AND used > ?`,
		[]any{account, keep, f.now().Add(-within).UnixMicro()},
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

func (f *families) devices(ctx context.Context, account string) ([]api.Device, error) {
	var devices []api.Device
	err := f.db.Each(ctx, `SELECT id, agent, created, used FROM token_families
		WHERE account = ? AND ended = 0 AND expires > ? ORDER BY created, id`, []any{account, f.now().UnixMicro()},
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
	// sweepAfter is how long expired families stay, for the sake of replicas whose clocks are behind.
	sweepAfter = time.Hour
)

// keepSwept removes families whose time is over until ctx ends.
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

// sweep removes in small batches, so that logins never wait long for the write lock.
func (f *families) sweep(ctx context.Context) error {
	for {
		n, err := f.db.Exec(ctx, `DELETE FROM token_families WHERE id IN
			(SELECT id FROM token_families WHERE expires < ? LIMIT ?)`, f.now().Add(-sweepAfter).UnixMicro(), sweepBatch)
		if err != nil || n < sweepBatch {
			return err
		}
	}
}
