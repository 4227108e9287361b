package redis

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// What a Redis answers when it is not the one to ask any more is an answer like others, and the connection stays as it
// is. After a failover the same address may lead to another Redis, and only a new connection finds out. So such an
// answer closes the connections.

// elsewhere are the codes of such answers: it takes no writes, has no data (yet), is part of a cluster, or does not
// know us.
var elsewhere = map[string]bool{
	"READONLY": true, "MASTERDOWN": true, "NOREPLICAS": true, "MISCONF": true, "LOADING": true, "UNBLOCKED": true,
	"MOVED": true, "ASK": true, "CROSSSLOT": true, "CLUSTERDOWN": true, "TRYAGAIN": true,
	"NOAUTH": true, "WRONGPASS": true,
}

// code is the first word of a refusal, such as READONLY; "" if err is none.
func code(err error) string {
	refusal, ok := rueidis.IsRedisErr(err)
	if !ok || refusal.IsNil() {
		return ""
	}
	text := refusal.Error()
	// Redis 6 has what a script met inside of a sentence: "Error running script (call to f_…): @user_script:1:
	// -READONLY You can't …".
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

// turnEvery bounds how often connections are closed for what a Redis says: while it goes on saying so, each round makes
// new ones.
const turnEvery = 200 * time.Millisecond

// heed closes the connections from before the command that got this answer, if it asks for that.
func (l *link) heed(err error, began time.Time) {
	if elsewhere[code(err)] {
		l.turn(began)
	}
}

// turn closes the connections from before t, unless some were closed just now.
func (l *link) turn(t time.Time) {
	now, last := int64(time.Since(l.born)), l.turned.Load()
	if last != 0 && now-last < int64(turnEvery) || !l.turned.CompareAndSwap(last, now) {
		return
	}
	l.closeOlder(t)
}

// probeKey is nobody's: it never holds anything.
const probeKey = "authlab:probe"

// proof is a command that only a Redis does that takes writes: as a master, with rights, without being in want of
// replicas or of its disk. It changes nothing, and needs no memory, so that a Redis that is full does it too.
func proof(b rueidis.Builder) rueidis.Completed {
	return b.Arbitrary("GETEX").Keys(probeKey).Args("PX", "1000").Build()
}

// Prove asks the Redis to prove that it is the master and takes writes. One that answers and does not is an error.
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

var errStrange = errors.New("it has something under a key that is never written: it is no Redis, or not ours alone")

// Rehearsed is what came of a script that rehearses and returns 1 at its end.
func Rehearsed(answer rueidis.RedisResult) error {
	n, err := answer.AsInt64()
	if err == nil && n != 1 {
		err = errStrange
	}
	return err
}

// Rehearsal does once, with names of nobody, all that a program will ask of a Redis, and leaves nothing behind. It has
// a command about two keys, which a Redis in cluster mode refuses, for they may be apart.
type Rehearsal func(context.Context, *Client) error

// Ready asks whether the Redis does the program's work. One that is full does the most of it: see Full.
func (c *Client) Ready(ctx context.Context) error {
	began := time.Now()
	err := c.Prove(ctx) // which is tried again over a new connection, and a rehearsal is not
	if err == nil {
		err = c.rehearse(ctx)
	} else {
		c.full.Store(false) // that is the least of it
	}
	if code(err) == "NOPERM" { // in the work: another command that is refused costs nobody the connection
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

// Full says whether the Redis had no memory for anything new when Ready last asked: what it has goes on.
func (c *Client) Full() bool { return c.full.Load() }

// cluster are the codes of a Redis in cluster mode.
var cluster = map[string]bool{"MOVED": true, "ASK": true, "CROSSSLOT": true, "CLUSTERDOWN": true, "TRYAGAIN": true}
