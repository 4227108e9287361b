package token

import (
	"context"
	"maps"
	"slices"
	"time"

	"authlab/servers/user"
)

// alarm is what an entry is about that tells every replica to read the ended logins from the accounts database. A
// replica writes it when the stream may lack what the database has. After a failover, only a replica that asked the old
// master knows this: those that asked the new one miss nothing that they ever heard. It is the end of a login that does
// not exist, so that it means nothing to replicas of earlier versions.
var alarm = entry{kind: "end", whom: "*"}

// restore restores what the stream has lost: the ended logins to this replica, and to the others what only this one may
// know.
func (p *pushed) restore(ctx context.Context) error {
	more, err := p.recall(ctx)
	if err != nil {
		return err
	}
	if p.heard.Load() == 0 { // a start has written nothing yet, and has just read what the others know
		p.place.owes = more
		return nil
	}
	p.place.owes = true
	again := p.tidings.take()
	for id, c := range p.ended.changes() {
		e := entry{kind: "role", whom: id, as: formatRole(user.User{Version: c.version, Role: c.role}), until: c.until}
		again[e.about()] = e
	}
	entries := slices.Collect(maps.Values(again))
	for batch := range slices.Chunk(entries, endBatch) {
		if err := p.append(ctx, batch); err != nil {
			p.tidings.giveBack(entries, time.Since(p.born))
			return err
		}
	}
	return nil
}

// recall reads the ended logins from the accounts database, and reports whether there are more than were known here.
func (p *pushed) recall(ctx context.Context) (more bool, err error) {
	logins, err := p.families.revoked(ctx)
	for _, l := range logins {
		more = more || p.ended.until(l.id).IsZero()
		p.ended.end(l.id, p.until(l.reach))
	}
	return more, err
}

// warn tells the others to recall, if this replica owes it. While Redis has no room for that, it tries again.
func (p *pushed) warn(ctx context.Context) {
	if !p.place.owes {
		return
	}
	e := alarm
	e.until = p.redis.Now().Add(p.keep())
	p.place.owes = p.append(ctx, []entry{e}) != nil
}
