package token

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// A replica that follows the stream has heard everything as long as the last entry that it read still exists. If that
// is gone, or another has its id, so may later entries be gone: the stream was deleted, dropped or cut off, or a server
// that knew less has taken over. The replica then counts as not having heard, until it has read the stream from its
// beginning, and the ended logins from the accounts database. It tells the others to read these too (see alarm).
// Entries that are in the stream but not yet in the database are written again by the replica that wrote them, which
// misses them likewise. So is every role that a replica holds, because the database does not say when it changed. A
// starting replica reads both, too. So all replicas know of ended logins even if Redis restarts empty. A changed role
// is known as long as one replica lives that knew it; else tokens have the role that they say until they expire.

// entry is one of the stream.
type entry struct {
	kind, whom, as string
	until          time.Time
	mark           string
}

// about identifies what an entry is about; a later entry about the same replaces it.
func (e entry) about() entry { return entry{kind: e.kind, whom: e.whom} }

// place is where a replica is in the stream.
type place struct {
	last   seen // read last
	newest seen // what it read last before that, which must still exist
	gap    bool // something is missing, or may be
	alarm  bool // another replica says that something may be missing here
	owes   bool // this replica must say so to the others
}

// seen is an entry as it is in the stream.
type seen struct {
	id     entryID
	fields map[string]string
}

// follow reads the whole stream, and continues in the background until close.
func (p *pushed) follow(ctx context.Context) error {
	p.born = time.Now()
	ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := p.load(ctx); err != nil {
		p.stop()
		return err
	}
	p.stopped.Go(func() {
		for ctx.Err() == nil {
			err := p.read(ctx)
			if err == nil {
				continue
			}
			p.place.last = seen{} // the next server's ids may be lower
			p.losing(ctx, err)
			select {
			case <-time.After(pushRetry):
			case <-ctx.Done():
			}
		}
	})
	return nil
}

func (p *pushed) losing(ctx context.Context, err error) {
	if p.lost.CompareAndSwap(false, true) && ctx.Err() == nil {
		p.log.Warn("revocations are not heard: failing "+p.failing(), "error", err)
	}
}

// load reads the existing entries at the start.
func (p *pushed) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pushLoad)
	defer cancel()
	for p.place.gap = true; p.heard.Load() == 0; {
		if err := p.read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// read takes the next entries. The replica has heard when there are no more, and none was lost.
func (p *pushed) read(ctx context.Context) error {
	asked := time.Since(p.born)
	entries, err := p.next(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		id, err := parseID(e.ID)
		if err == nil {
			err = p.hear(id, e.FieldValues)
		}
		if err != nil {
			return err // it may be a revocation: an unreadable entry counts as unheard
		}
	}
	if len(entries) == pushBatch {
		return nil
	}
	if err := p.evicting(); err != nil { // what is read now may be all, or what is left
		p.place.gap = true
		p.losing(ctx, err)
		return nil
	}
	p.place.gap = p.dropped() || p.place.gap
	if err := p.whole(ctx, asked); err != nil {
		return err
	}
	p.heard.Store(int64(asked) + 1) // 0 means never
	p.warn(ctx)
	if p.lost.CompareAndSwap(true, false) {
		p.log.Info("revocations are heard again")
	}
	return nil
}

// next waits for entries after the last.
func (p *pushed) next(ctx context.Context) ([]rueidis.XRangeEntry, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*pushPoll)
	defer cancel()
	found, err := p.redis.Wait(ctx, p.redis.B().Xread().Count(pushBatch).Block(p.patience().Milliseconds()).
		Streams().Key(stream).Id(p.place.last.id.String()).Build()).AsXRead()
	if err != nil && !rueidis.IsRedisNil(err) {
		return nil, err
	}
	return found[stream], nil
}

// patience is how long a question waits for a new entry. A replica that does not know what it missed waits for none: it
// refuses requests until it has read what there is.
func (p *pushed) patience() time.Duration {
	if (p.place.gap || p.lost.Load()) && p.evicting() == nil {
		return time.Millisecond
	}
	return pushPoll
}

// hear processes an entry of the stream. It is valid for as long as one of its age is, whatever its writer's clock.
func (p *pushed) hear(id entryID, fields map[string]string) error {
	ms, err := strconv.ParseInt(fields["until"], 10, 64)
	if err != nil {
		return fmt.Errorf("an entry of %s has no date", stream)
	}
	e := entry{kind: "end", whom: fields["end"], until: later(time.UnixMilli(ms), id.time().Add(p.keep()))}
	if e.whom == "" {
		e.kind, e.whom, e.as = "role", fields["role"], fields["as"]
	}
	if e.about() == alarm {
		p.place.alarm = true
	} else if err := p.take(e); err != nil {
		return err
	}
	p.place.last = seen{id, fields}
	p.tidings.heard(fields["mark"])
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// take applies an entry to this replica.
func (p *pushed) take(e entry) error {
	if e.kind == "end" {
		p.ended.end(e.whom, e.until)
		return nil
	}
	version, role, err := parseRole(e.as)
	if err != nil || e.whom == "" {
		return fmt.Errorf("an entry of %s is neither a login nor a role", stream)
	}
	p.ended.setRole(e.whom, changed{version, role, e.until})
	return nil
}

// whole returns an error unless this replica has heard everything from before a given time. It restores what is
// missing.
func (p *pushed) whole(ctx context.Context, asked time.Duration) error {
	if p.place.gap {
		if err := p.restore(ctx); err != nil {
			return err
		}
		p.place = place{last: p.place.last, newest: p.place.last, owes: p.place.owes}
		return nil
	}
	missing, err := p.missing(ctx, asked)
	if err != nil {
		return err
	}
	if p.place.gap = missing; missing {
		p.place.newest = seen{}
		return errGap
	}
	if p.place.alarm {
		if _, err := p.recall(ctx); err != nil {
			return err
		}
		p.place.alarm = false
	}
	p.place.newest = p.place.last
	return nil
}

var errGap = fmt.Errorf("entries of %s are gone: what was ended is read from the accounts database", stream)

// missing reports whether a useful entry of the stream is gone, or never arrived.
func (p *pushed) missing(ctx context.Context, asked time.Duration) (bool, error) {
	if p.tidings.unheard(asked) {
		return true, nil
	}
	newest := p.place.newest
	if newest.id == (entryID{}) || newest.id.time().Add(p.keep()).Before(p.redis.Now()) {
		return false, nil
	}
	id := newest.id.String()
	there, err := p.redis.Read(ctx, func(b rueidis.Builder) rueidis.Completed {
		return b.Xrange().Key(stream).Start(id).End(id).Build()
	}).AsXRange()
	// A master that another one has replaced, and that did not know it, may have given the id to another entry.
	return len(there) == 0 || !maps.Equal(there[0].FieldValues, newest.fields), err
}
