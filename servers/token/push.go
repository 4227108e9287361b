package token

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/rueidis"

	"authlab/servers/api"
	"authlab/servers/redis"
	"authlab/servers/user"
)

// pushed is the revocations in a Redis stream that every replica follows, so that a request asks nobody.
//
// A stream and not pub/sub: who was away for a while reads on where it was, and nothing is lost. After a broken
// connection it is read again from the beginning, since the ids of a server that took over may be behind.
//
// The push delay is bounded by what a replica does and not by what the network does. It asks for news without pause,
// and Redis answers when there is some or after pushPoll. An answer has all that was revoked before it was asked for;
// when the last such question is pushWithin old, the replica says 503, unless it was told to go on. Before each
// question, over the same connection, Redis proves that it is the master (redis.Client.Wait): a replica of it would
// answer too, and know nothing new.
type pushed struct {
	redis *redis.Client
	keep  time.Duration // of an entry
	open  bool          // honour tokens although the stream is not heard
	life  time.Duration // of tokens, which is the guarantee where open
	ended *ended
	log   *slog.Logger

	heard atomic.Int64 // when the last answer was asked for, as time since born: the network's time, not credentials'
	born  time.Time
	lost  atomic.Bool

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

var _ revocations = (*pushed)(nil)

const (
	// pushWithin bounds how long an ended login may go on elsewhere.
	pushWithin = time.Second
	pushPoll   = 250 * time.Millisecond
	pushRetry  = 50 * time.Millisecond
	// pushBatch is how many entries are read at once.
	pushBatch = 1000
	// pushLoad is how long a start may take to read the whole stream.
	pushLoad = 30 * time.Second

	// stream has one entry for each revocation: "end" or "role" with whom it is about, and "until" in ms since 1970. The
	// digit is the version of this layout.
	stream = "authlab:l1"
)

// follow reads the whole stream, and goes on reading in the background until close.
func (p *pushed) follow(ctx context.Context) error {
	p.born = time.Now()
	ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	last, err := p.load(ctx)
	if err != nil {
		p.stop()
		return err
	}
	p.stopped.Go(func() {
		for ctx.Err() == nil {
			if last, err = p.read(ctx, last); err == nil {
				continue
			}
			if p.lost.CompareAndSwap(false, true) && ctx.Err() == nil {
				p.log.Warn("revocations are not heard: failing "+p.failing(), "error", err)
			}
			select {
			case <-time.After(pushRetry):
			case <-ctx.Done():
			}
		}
	})
	return nil
}

// load reads what is there at the start.
func (p *pushed) load(ctx context.Context) (last string, err error) {
	ctx, cancel := context.WithTimeout(ctx, pushLoad)
	defer cancel()
	for last = beginning; p.heard.Load() == 0; {
		if last, err = p.read(ctx, last); err != nil {
			return "", err
		}
	}
	return last, nil
}

const beginning = "0-0"

// read takes the next entries behind last, and returns the id of the latest.
func (p *pushed) read(ctx context.Context, last string) (string, error) {
	asked, block := time.Since(p.born), pushPoll
	if p.heard.Load() == 0 {
		block = time.Millisecond // a start waits for what is there, not for news
	}
	ctx, cancel := context.WithTimeout(ctx, 2*pushPoll)
	defer cancel()
	found, err := p.redis.Wait(ctx, p.redis.B().Xread().Count(pushBatch).Block(block.Milliseconds()).
		Streams().Key(stream).Id(last).Build()).AsXRead()
	if err != nil && !rueidis.IsRedisNil(err) {
		return beginning, err
	}
	entries := found[stream]
	for _, entry := range entries {
		if err := p.take(entry.FieldValues); err != nil {
			return beginning, err // it may be a revocation: not to understand it is not to hear it
		}
		last = entry.ID
	}
	if len(entries) < pushBatch {
		p.heard.Store(int64(asked) + 1) // 0 is never
		if p.lost.CompareAndSwap(true, false) {
			p.log.Info("revocations are heard again")
		}
	}
	return last, nil
}

func (p *pushed) take(entry map[string]string) error {
	ms, err := strconv.ParseInt(entry["until"], 10, 64)
	if err != nil {
		return fmt.Errorf("an entry of %s has no date", stream)
	}
	until := time.UnixMilli(ms)
	if login := entry["end"]; login != "" {
		p.ended.end(login, until)
		return nil
	}
	version, role, err := parseRole(entry["as"])
	if err != nil || entry["role"] == "" {
		return fmt.Errorf("an entry of %s is neither a login nor a role", stream)
	}
	p.ended.setRole(entry["role"], changed{version, role, until})
	return nil
}

func (p *pushed) role(_ context.Context, c *claims) (user.Role, error) {
	if err := p.hearing(); err != nil {
		return "", err
	}
	return p.ended.role(c)
}

// silence is how old the question is that was answered last.
func (p *pushed) silence() time.Duration { return time.Since(p.born) - time.Duration(p.heard.Load()) }

var errUnheard = api.Unavailable("this replica does not hear what others revoke, and fails closed until it does")

func (p *pushed) failing() string {
	if p.open {
		return "open, so tokens that others revoke meanwhile work until they are heard or expire"
	}
	return "closed, so requests with tokens are answered 503 until they are heard"
}

// end tells of logins, and takes it in before it returns: on this replica it holds at once. A login that was told of
// within the slack of keep is not told again, or a single token could fill the stream.
func (p *pushed) end(ctx context.Context, families ...string) error {
	if err := p.hearing(); err != nil { // what is known already may have been lost by Redis meanwhile
		return err
	}
	until := p.until()
	for len(families) > 0 {
		batch := families[:min(len(families), endBatch)]
		families = families[len(batch):]
		var fresh []string
		for _, family := range batch {
			if p.ended.until(family).Before(until.Add(-keepSlack)) {
				fresh = append(fresh, family)
			}
		}
		if err := p.tell(ctx, until, "end", fresh, ""); err != nil {
			return err
		}
		for _, family := range fresh {
			p.ended.end(family, until)
		}
	}
	return nil
}

// until is when an entry of now goes, in whole milliseconds as the stream has it.
func (p *pushed) until() time.Time { return p.ended.now().Add(p.keep).Truncate(time.Millisecond) }

func (p *pushed) setRole(ctx context.Context, u user.User) error {
	until := p.until()
	if err := p.tell(ctx, until, "role", []string{u.ID}, formatRole(u)); err != nil {
		return err
	}
	p.ended.setRole(u.ID, changed{u.Version, u.Role, until})
	return nil
}

// tell appends entries of one kind to the stream, and cuts off those whose time is over by an hour, for the sake of
// clocks that are behind.
func (p *pushed) tell(ctx context.Context, until time.Time, kind string, whom []string, as string) error {
	if len(whom) == 0 {
		return nil
	}
	if err := p.ended.full(len(whom)); err != nil {
		return outage(err)
	}
	rest := p.keep + time.Hour
	oldest := strconv.FormatInt(time.Now().Add(-rest).UnixMilli(), 10)
	commands := make([]rueidis.Completed, 0, len(whom)+1)
	for _, id := range whom {
		commands = append(commands, p.redis.B().Xadd().Key(stream).Minid().Almost().Threshold(oldest).Id("*").
			FieldValue().FieldValue(kind, id).FieldValue("until", strconv.FormatInt(until.UnixMilli(), 10)).
			FieldValue("as", as).Build())
	}
	commands = append(commands, p.redis.B().Pexpire().Key(stream).Milliseconds(rest.Milliseconds()).Build())
	if err := p.redis.Write(ctx, commands...); err != nil {
		return outage(err)
	}
	return nil
}

// within implements revocations. Who goes on without hearing anything guarantees no more than expiry.
func (p *pushed) within() time.Duration {
	if p.open {
		return p.life
	}
	return pushWithin
}

// hearing says whether tokens may be honoured.
func (p *pushed) hearing() error {
	if p.silence() >= pushWithin && !p.open {
		return errUnheard
	}
	return nil
}

// ready asks Redis too, whether it would take a revocation. Who goes on without hearing anything goes on without that.
func (p *pushed) ready(ctx context.Context) error {
	if err := p.hearing(); err != nil {
		return err
	}
	if err := p.redis.Ready(ctx); err != nil && !p.open {
		return outage(err)
	}
	return nil
}

// weakened is for who goes on without hearing anything, and for what a Redis that is full does not do.
func (p *pushed) weakened() string {
	if p.open && p.silence() >= pushWithin {
		return "revocations of other replicas are not heard: this one fails " + p.failing()
	}
	return short(p.redis)
}

func (p *pushed) metrics() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("authlab_revocations", "Revocations that this replica holds: ended logins and changed roles.",
			func() float64 { return float64(p.ended.len()) }),
		gauge("authlab_revocations_silence_seconds", "How old the question for news is that was answered last.",
			func() float64 { return p.silence().Seconds() }),
	}
}

func (p *pushed) close() {
	p.stop()
	p.redis.Close() // which ends a question that waits for news
	p.stopped.Wait()
}
