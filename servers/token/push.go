package token

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/rueidis"

	"authlab/servers/api"
	"authlab/servers/user"
)

// pushed is a list of revocations in a Redis stream that every replica follows, so that a request asks no store.
//
// It is a stream and not pub/sub: a replica that was away resumes where it was, and nothing is lost. What Redis itself
// loses is noticed (see follow.go), and restored from the accounts database.
//
// The replica, not the network, bounds the push delay. It asks for news without pause, and Redis answers when there is
// some or after pushPoll. An answer has everything that was revoked before its question. When the last answered
// question is pushWithin old, the replica says 503, unless it was told to continue. Before each question, over the same
// connection, Redis proves that it is the master (redis.Client.Wait): a replica of it would answer too, and know
// nothing new.
type pushed struct {
	list
	open  bool          // accept tokens although the stream is not heard
	life  time.Duration // of tokens; the guarantee if open
	ended *ended
	log   *slog.Logger

	heard   atomic.Int64 // when the last answered question was asked, as time since born: not credentials' time
	born    time.Time
	lost    atomic.Bool
	place   place   // in the stream, for its reader
	tidings tidings // what this replica told

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

var _ revocations = (*pushed)(nil)

// newPushed makes one that holds up to max revocations, on a replica with a clock of its own.
func newPushed(l list, maximum int, now func() time.Time, log *slog.Logger) *pushed {
	earlier := func() time.Time {
		if own := now(); own.Before(l.redis.Now()) {
			return own
		}
		return l.redis.Now()
	}
	return &pushed{list: l, ended: newEnded(maximum, earlier), log: log}
}

const (
	// pushWithin limits how long an ended login may still work elsewhere.
	pushWithin = time.Second
	pushPoll   = 250 * time.Millisecond
	pushRetry  = 50 * time.Millisecond
	// pushBatch is how many entries are read at once.
	pushBatch = 1000
	// pushLoad is how long a start may take to read the whole stream.
	pushLoad = 30 * time.Second

	// stream has one entry for each revocation: "end" or "role" with its login or user, "until" in ms since 1970 by
	// Redis's clock, and a "mark" that no other entry has. Replicas of earlier versions used their own clock and gave no
	// mark. The digit is the version of this layout.
	stream = "authlab:l1"
)

func (p *pushed) role(_ context.Context, c *claims) (user.Role, error) {
	if err := p.hearing(); err != nil {
		return "", err
	}
	if err := p.timely(c); err != nil {
		return "", err
	}
	return p.ended.role(c)
}

// silence is the age of the last answered question.
func (p *pushed) silence() time.Duration { return time.Since(p.born) - time.Duration(p.heard.Load()) }

var errUnheard = api.Unavailable("this replica does not hear what others revoke, and fails closed until it does")

func (p *pushed) failing() string {
	if p.open {
		return "open, so tokens that others revoke meanwhile work until they are heard or expire"
	}
	return "closed, so requests with tokens are answered 503 until they are heard"
}

// end announces ended logins, and applies them before it returns: on this replica they end at once. A login that was
// announced within the slack of its entry is not announced again, or a single token could fill the stream.
func (p *pushed) end(ctx context.Context, logins ...login) error {
	if err := p.hearing(); err != nil { // Redis may have lost meanwhile what is known here
		return err
	}
	for batch := range slices.Chunk(logins, endBatch) {
		var fresh []entry
		for _, l := range batch {
			if until := p.until(l.reach); p.ended.until(l.id).Before(until.Add(-keepSlack)) {
				fresh = append(fresh, entry{kind: "end", whom: l.id, until: until})
			}
		}
		if err := p.tell(ctx, fresh); err != nil {
			return err
		}
	}
	return nil
}

// until returns when an entry made now about tokens up to reach expires, by Redis's clock in the stream's milliseconds.
func (p *pushed) until(reach time.Time) time.Time {
	return p.redis.Now().Add(p.left(reach)).Truncate(time.Millisecond)
}

func (p *pushed) setRole(ctx context.Context, u user.User, reach time.Time) error {
	return p.tell(ctx, []entry{{kind: "role", whom: u.ID, as: formatRole(u), until: p.until(reach)}})
}

// tell appends entries to the stream, if there is room for them, and applies them.
func (p *pushed) tell(ctx context.Context, entries []entry) error {
	if len(entries) == 0 {
		return nil
	}
	if err := p.ended.full(entries); err != nil {
		return outage(err)
	}
	if err := p.append(ctx, entries); err != nil {
		return outage(err)
	}
	for _, e := range entries {
		if err := p.take(e); err != nil {
			return err
		}
	}
	return nil
}

// append writes entries to the stream, and cuts off those that expired an hour ago, all by Redis's clock.
func (p *pushed) append(ctx context.Context, entries []entry) error {
	now, rest := p.redis.Now(), p.keep()
	for _, e := range entries {
		rest = max(rest, e.until.Sub(now))
	}
	rest += time.Hour
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].mark = rand.Text()
		p.tidings.expect(entries[i])
	}
	oldest := strconv.FormatInt(now.Add(-rest).UnixMilli(), 10)
	said := p.redis.Reads(ctx, func(b rueidis.Builder) []rueidis.Completed {
		commands := make([]rueidis.Completed, 0, len(entries)+1)
		for _, e := range entries {
			commands = append(commands, b.Xadd().Key(stream).Minid().Almost().Threshold(oldest).Id("*").
				FieldValue().FieldValue(e.kind, e.whom).FieldValue("until", strconv.FormatInt(e.until.UnixMilli(), 10)).
				FieldValue("as", e.as).FieldValue("mark", e.mark).Build())
		}
		return append(commands, b.Pexpire().Key(stream).Milliseconds(rest.Milliseconds()).Build())
	})
	var err error
	for i, e := range entries {
		p.tidings.note(e, time.Since(p.born), said[i].Error())
		err = cmp.Or(err, said[i].Error())
	}
	return cmp.Or(err, said[len(entries)].Error())
}

// within implements revocations. A replica that continues without hearing anything guarantees only expiry.
func (p *pushed) within() time.Duration {
	if p.open {
		return p.life
	}
	return pushWithin
}

// hearing returns an error unless tokens may be accepted.
func (p *pushed) hearing() error {
	if p.open {
		return nil
	}
	if err := p.evicting(); err != nil {
		return err
	}
	if p.silence() >= pushWithin {
		return errUnheard
	}
	return nil
}

// ready also asks Redis whether it would take a revocation. A replica that continues without hearing anything skips
// that.
func (p *pushed) ready(ctx context.Context) error {
	if err := p.hearing(); err != nil {
		return err
	}
	if err := p.redis.Ready(ctx); err != nil && !p.open {
		return outage(err)
	}
	return nil
}

// full does not concern a replica that continues without revocations.
func (p *pushed) full() bool { return !p.open && p.list.full() }

// weakened reports a replica that continues without hearing anything, and what a full Redis refuses.
func (p *pushed) weakened() string {
	switch err := p.evicting(); {
	case p.open && err != nil:
		return err.Error()
	case p.open && p.silence() >= pushWithin:
		return "revocations of other replicas are not heard: this one fails " + p.failing()
	}
	return p.list.weakened()
}

func (p *pushed) metrics() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("authlab_revocations", "Revocations that this replica holds: ended logins and changed roles.",
			func() float64 { return float64(p.ended.len()) }),
		gauge("authlab_revocations_silence_seconds", "Age of the last question for news that was answered.",
			func() float64 { return p.silence().Seconds() }),
	}
}

func (p *pushed) close() {
	p.stop()
	p.redis.Close() // ends a question that waits for news
	p.stopped.Wait()
}
