package token

import (
	"context"
	"time"

	"authlab/servers/api"
)

var errPartial = api.Unavailable("Redis may have dropped revocations, and they are written again")

// trusted returns an error while a login without an entry may have ended.
func (d *denylist) trusted() error {
	if err := d.evicting(); err != nil {
		d.whole.Store(false)
		return err
	}
	if !d.whole.Load() {
		return errPartial
	}
	return nil
}

// look asks Redis which one it is, on behalf of connections that were opened up to that number.
func (d *denylist) look(ctx context.Context, opened uint64) error {
	ctx = context.WithoutCancel(ctx) // others wait for the same answer
	for d.looked.Load() < opened {   // another request's look may have begun before
		if _, err, _ := d.looks.Do("", func() (any, error) { return nil, d.ask(ctx) }); err != nil {
			return outage(err)
		}
	}
	return d.trusted()
}

// ask asks Redis which one it is, and what it dropped since it was last asked.
func (d *denylist) ask(ctx context.Context) error {
	opened := d.redis.Opened() // a connection that opens from now on is another question's
	if _, err := d.redis.AskEviction(ctx); err != nil {
		return err
	}
	d.judge()
	d.looked.Store(opened)
	return nil
}

// judge takes note of what Redis last said.
func (d *denylist) judge() {
	d.judging.Lock()
	defer d.judging.Unlock()
	if !d.dropped() {
		return
	}
	d.losses.Add(1)
	d.whole.Store(false)
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// restoreEvery is how often a denylist checks whether Redis has stopped dropping keys, and lookEvery how often it asks
// whether Redis has dropped any.
const (
	restoreEvery = 200 * time.Millisecond
	lookEvery    = time.Second
)

// watch writes the accounts database's revocations to Redis, which may have lost them before this start. Until close,
// it also writes again what Redis may have dropped, once Redis drops nothing any more.
func (d *denylist) watch(ctx context.Context) {
	ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	d.wake = make(chan struct{}, 1)
	d.restore(ctx)
	d.stopped.Go(func() {
		tick, seldom := time.NewTicker(restoreEvery), time.NewTicker(lookEvery)
		defer tick.Stop()
		defer seldom.Stop()
		trusted := d.whole.Load()
		for {
			select {
			case <-ctx.Done():
				return
			case <-d.wake:
			case <-tick.C:
			case <-seldom.C:
				_ = d.ask(ctx) // requests tell of an outage
			}
			err := d.trusted()
			if err != nil && trusted {
				d.log.Error("the denylist is unreliable: failing closed", "error", err)
			}
			if err != nil && d.evicting() == nil {
				d.restore(ctx)
			}
			trusted = d.trusted() == nil
		}
	})
}

// restore writes again what Redis may have dropped. What it loses meanwhile needs another restoration.
func (d *denylist) restore(ctx context.Context) {
	d.judging.Lock()
	d.seen = d.redis.Eviction() // what it had dropped by then is written now
	losses := d.losses.Load()
	d.judging.Unlock()
	logins, err := d.families.revoked(ctx)
	if err == nil {
		err = d.end(ctx, logins...)
	}
	var roles []tenure
	if err == nil {
		roles, err = d.families.changed(ctx)
	}
	if err == nil {
		err = d.setRoles(ctx, roles...)
	}
	if err != nil {
		d.log.Warn("could not restore revocations that the denylist may have lost", "error", err)
		return
	}
	if !d.restored(losses) {
		return
	}
	d.log.Info("the denylist has all revocations again", "logins", len(logins), "roles", len(roles))
}

// restored notes a restoration that began after so many losses, and reports whether it counts.
func (d *denylist) restored(losses int64) bool {
	d.judging.Lock()
	defer d.judging.Unlock()
	if d.losses.Load() == losses {
		d.whole.Store(true)
	}
	return d.losses.Load() == losses
}
