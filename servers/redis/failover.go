package redis

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// A Redis that must not be asked any more still answers, and the connection stays open. After a failover the same
// address may lead to another Redis, and only a new connection finds it. So a refusal of this kind closes the
// connections.

// elsewhere holds the codes of such refusals: the Redis takes no writes, has no data (yet), is part of a cluster, or
// does not accept our credentials.
var elsewhere = map[string]bool{
	"READONLY": true, "MASTERDOWN": true, "NOREPLICAS": true, "MISCONF": true, "LOADING": true, "UNBLOCKED": true,
	"MOVED": true, "ASK": true, "CROSSSLOT": true, "CLUSTERDOWN": true, "TRYAGAIN": true,
	"NOAUTH": true, "WRONGPASS": true,
}

// code returns the first word of a refusal, such as READONLY; "" if err is not a refusal.
func code(err error) string {
	refusal, ok := rueidis.IsRedisErr(err)
	if !ok || refusal.IsNil() {
		return ""
	}
	text := refusal.Error()
	// Redis 6 puts a script's error into a sentence: "Error running script (call to f_…): @user_script:1: -READONLY You
	// can't …".
	if _, inner, found := strings.Cut(text, "script: -"); found {
		text = inner
	} else if strings.HasPrefix(text, "Error running script") {
		if _, inner, found := strings.Cut(text, ": -"); found {
			text = inner
		}
	}
	word, _, _ := strings.Cut(text, " ")
	return strings.TrimRight(word, ":")
}

// turnEvery limits how often a refusal closes connections: while refusals continue, each round makes new ones.
const turnEvery = 200 * time.Millisecond

// heed closes the connections older than the command that got this answer, if the answer calls for it.
func (l *link) heed(err error, began time.Time) {
	if elsewhere[code(err)] {
		l.turn(began)
	}
}

// turn closes the connections older than t, unless some were closed just now.
func (l *link) turn(t time.Time) {
	now, last := int64(time.Since(l.born)), l.turned.Load()
	if last != 0 && now-last < int64(turnEvery) || !l.turned.CompareAndSwap(last, now) {
		return
	}
	l.closeOlder(t)
}

// probeKey belongs to no user: it never holds anything.
const probeKey = "authlab:probe"

// proof is a command that succeeds only on a Redis that takes writes: a master, with rights, enough replicas and a
// working disk. It changes nothing and needs no memory, so it also succeeds on a full Redis.
func proof(b rueidis.Builder) rueidis.Completed {
	return b.Arbitrary("GETEX").Keys(probeKey).Args("PX", "1000").Build()
}

// Prove asks the Redis to prove that it is the master and takes writes. It fails if the Redis answers but does not
// prove it.
func (c *Client) Prove(ctx context.Context) error {
	return proven(c.Read(ctx, proof).Error())
}

func proven(err error) error {
	switch {
	case rueidis.IsRedisNil(err):
		return nil
	case err == nil:
		return errStrange
	}
	return err
}

var errStrange = errors.New("a key that is never written has a value: this is not a Redis, or other programs write " +
	"our keys")

// Rehearsed turns the result of a rehearsal script, which returns 1 at its end, into an error.
func Rehearsed(answer rueidis.RedisResult) error {
	n, err := answer.AsInt64()
	if err == nil && n != 1 {
		err = errStrange
	}
	return err
}

// Rehearsal runs once, under names that no user has, all that a program will ask of a Redis, and leaves nothing behind.
// One of its commands has two keys, which a Redis in cluster mode refuses because they may lie on different nodes.
type Rehearsal func(context.Context, *Client) error

// Ready checks whether the Redis can do the program's work. A full one can do most of it: see Full.
func (c *Client) Ready(ctx context.Context) error {
	began := time.Now()
	err := c.Prove(ctx) // retried over a new connection; a rehearsal is not
	if err == nil {
		err = c.rehearse(ctx)
	} else {
		c.full.Store(false) // memory is a lesser problem
	}
	if code(err) == "NOPERM" { // only in Prove: another forbidden command closes no connections
		c.link.turn(began)
	}
	return err
}

func (c *Client) rehearse(ctx context.Context) error {
	if c.rehearsal == nil {
		return nil
	}
	err := c.rehearsal(ctx, c)
	full := code(err) == "OOM"
	if c.full.Store(full); full {
		return c.Prove(ctx)
	}
	return err
}

// Full reports whether the Redis had no memory for new data when Ready last asked. Existing data still works.
func (c *Client) Full() bool { return c.full.Load() }

// cluster are the codes of a Redis in cluster mode.
var cluster = map[string]bool{"MOVED": true, "ASK": true, "CROSSSLOT": true, "CLUSTERDOWN": true, "TRYAGAIN": true}
