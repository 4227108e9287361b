package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"authlab/servers/api"
	"authlab/servers/redis"
)

// Redis stores sessions in a Redis that all replicas share.
type Redis struct {
	client *redis.Client
	codec  Codec

	absolute time.Duration
	ttl      time.Duration // of a session just used
	throttle time.Duration
	ttlMS    string

	ending, listing chan struct{} // one element while all sessions are examined, for an ending or a list
	// entered is what Redis said when all sessions had last been put into their indexes; nil: not since the start.
	entered atomic.Pointer[redis.Eviction]

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// RedisOptions say how long sessions live.
type RedisOptions struct {
	Lifetimes
	// Throttle saves writes: a use prolongs the session only if that much time has passed since the last time. So a
	// session is stored for that much longer, and none ends early. 0: every use prolongs it.
	Throttle time.Duration
	Codec    Codec // the zero Codec is Text
}

// NewRedis stores sessions in the Redis of client, which it closes.
func NewRedis(client *redis.Client, o RedisOptions) *Redis {
	ttl := o.Idle + o.Throttle
	if o.Codec.prefix == "" {
		o.Codec = Text
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Redis{
		client: client, codec: o.Codec, absolute: o.Absolute, ttl: ttl, throttle: o.Throttle, ttlMS: milliseconds(ttl),
		ending: make(chan struct{}, 1), listing: make(chan struct{}, 1), stop: stop,
	}
	s.stopped.Go(func() { s.keepEntering(ctx) })
	return s
}

var _ Backend = (*Redis)(nil)

// Keys are prefixed, because other programs may share the Redis.
const (
	sessionPrefix = "authlab:s1:"
	userPrefix    = "authlab:u1:"
	tracePrefix   = "authlab:t2:" // apart from the sessions, so that no read of a session can find a trace
	latestPrefix  = "authlab:l1:" // of a device that has just renewed: its session's present key
)

func traceKey(k Key) string { return tracePrefix + k.String() }

// redisKey is the key of a session in Text.
func redisKey(k Key) string { return Text.key(k) }

// key is the key of a session. It is built on the stack: one allocation.
func (c Codec) key(k Key) string {
	var buf [len(sessionPrefix) + (len(k)*8+5)/6]byte
	copy(buf[:], c.prefix)
	encoding.Encode(buf[len(sessionPrefix):], k[:])
	return string(buf[:])
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// Create implements Backend.
func (s *Redis) Create(ctx context.Context, key Key, rec Record) (Record, error) {
	rec.begin(s.client.Now(), s.absolute)
	text, err := s.codec.encode(&rec)
	if err != nil {
		return rec, err
	}
	done, err := s.run(ctx, createScript, []string{s.codec.key(key), userPrefix + rec.User},
		[]string{text, s.ttlMS, rec.Device, s.indexEnd(rec)})
	if err != nil {
		return rec, fmt.Errorf("create session: %w", err)
	}
	if done != 1 {
		return rec, errKeyTaken
	}
	return rec, nil
}

// indexEnd is when the index of a session's user may end, in ms since 1970: at the session's end, whatever this
// replica's own lifetimes.
func (s *Redis) indexEnd(rec Record) string {
	return strconv.FormatInt(rec.Ends+s.ttl.Milliseconds(), 10)
}

// Touch implements Backend. It is the hot path: one command, GETEX, which reads and prolongs in one round trip.
func (s *Redis) Touch(ctx context.Context, key Key) (Record, error) {
	defer api.AskStore(ctx).Answered()
	name := s.codec.key(key)
	if s.throttle > 0 {
		rec, err := s.sparing(ctx, name)
		return s.unlessOver(ctx, key, rec, err)
	}
	text, err := s.client.Read(ctx, func(b rueidis.Builder) rueidis.Completed {
		return b.Arbitrary("GETEX").Keys(name).Args("PX", s.ttlMS).Build()
	}).ToString()
	rec, err := s.read(text, err)
	return s.unlessOver(ctx, key, rec, err)
}

// unlessOver ends a session that has used up its time: Touch has just prolonged it, and a client that keeps asking
// would keep it stored. Redis decides whether its time is up.
func (s *Redis) unlessOver(ctx context.Context, key Key, rec Record, err error) (Record, error) {
	if err != nil || !rec.over(s.client.Now()) {
		return rec, err
	}
	ended, err := s.end(ctx, key, rec, rec.Ends)
	if err != nil {
		return Record{}, err
	}
	if ended >= 0 {
		return Record{}, ErrNotFound
	}
	return rec, nil
}

// sparing reads, and writes only when due: most uses then cause no write for Redis to persist or replicate. GETEX
// without a lifetime changes nothing either, but a replica, which may have missed endings, refuses it.
func (s *Redis) sparing(ctx context.Context, name string) (Record, error) {
	found := s.client.Reads(ctx, func(b rueidis.Builder) []rueidis.Completed {
		return []rueidis.Completed{b.Arbitrary("GETEX").Keys(name).Build(), b.Pttl().Key(name).Build()}
	})
	text, err := found[0].ToString()
	rec, err := s.read(text, err)
	if err != nil {
		return rec, err
	}
	left, err := found[1].AsInt64()
	if err != nil {
		return Record{}, fmt.Errorf("read session: %w", err)
	}
	if s.ttl-time.Duration(left)*time.Millisecond < s.throttle {
		return rec, nil
	}
	err = s.client.Write(ctx, s.client.B().Pexpire().Key(name).Milliseconds(s.ttl.Milliseconds()).Build())
	if err != nil {
		return Record{}, fmt.Errorf("prolong session: %w", err)
	}
	return rec, nil
}

// read makes a record of Redis's answer. A value of another type is not a session.
func (s *Redis) read(text string, err error) (Record, error) {
	if rueidis.IsRedisNil(err) || err != nil && strings.Contains(err.Error(), "WRONGTYPE") {
		return Record{}, ErrNotFound
	}
	if err != nil {
		return Record{}, fmt.Errorf("read session: %w", err)
	}
	rec, err := s.codec.decode(text)
	if err != nil {
		return Record{}, fmt.Errorf("read session: %w", err)
	}
	return rec, nil
}

// Update implements Backend.
func (s *Redis) Update(ctx context.Context, key Key, rec Record) error {
	text, err := s.codec.encode(&rec)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(text, "\n")
	done, err := s.run(ctx, updateScript, []string{s.codec.key(key)}, []string{rest})
	if err != nil {
		return fmt.Errorf("update session: %w", err)
	}
	if done != 1 {
		return ErrNotFound
	}
	return nil
}

// Move implements Backend.
func (s *Redis) Move(ctx context.Context, from, to Key, rec Record, v Veil) (left time.Duration, err error) {
	until, err := s.client.Until(ctx)
	if err != nil {
		return 0, fmt.Errorf("move session: %w", err)
	}
	return rec.left(s.client.Now()), s.moveUntil(ctx, from, to, rec, v, until)
}

func (s *Redis) moveUntil(ctx context.Context, from, to Key, rec Record, v Veil, until int64) error {
	done, err := s.run(ctx, moveScript,
		[]string{s.codec.key(from), s.codec.key(to), userPrefix + rec.User, traceKey(from), latestPrefix + rec.Device},
		[]string{
			s.ttlMS, rec.Device, s.indexEnd(rec), milliseconds(TraceFor),
			strconv.FormatInt(until, 10), encoding.EncodeToString(v[:]),
		})
	switch {
	case err != nil:
		return fmt.Errorf("move session: %w", err)
	case done == 0:
		return ErrNotFound
	case done == -2:
		return errLate
	case done != 1:
		return errKeyTaken
	}
	return nil
}

// Moved implements Backend.
func (s *Redis) Moved(ctx context.Context, from Key) (m Moved, err error) {
	found, err := s.client.Run(ctx, movedScript, []string{traceKey(from)}, nil).AsStrSlice()
	if rueidis.IsRedisNil(err) {
		return m, ErrNotFound
	}
	if err != nil {
		return m, fmt.Errorf("find a session that moved: %w", err)
	}
	if len(found) != 3 || !strings.HasPrefix(found[1], s.codec.prefix) {
		return m, ErrNotFound // a session of another codec
	}
	if m.Record, err = s.read(found[0], nil); err != nil {
		return m, err
	}
	if n, err := encoding.Decode(m.Veil[:], []byte(found[2])); err != nil || n != len(m.Veil) {
		return m, fmt.Errorf("find a session that moved: %w", errRecord)
	}
	if m.Left = m.left(s.client.Now()); m.Left <= 0 {
		return m, ErrNotFound
	}
	return m, nil
}

// End implements Backend.
func (s *Redis) End(ctx context.Context, key Key, rec Record) error {
	ended, err := s.end(ctx, key, rec, 0)
	if err == nil && ended == 0 {
		return ErrNotFound
	}
	return err
}

// end ends what was under a key, whatever a renewal has made of it, but not before a given time, in ms since 1970. It
// returns how many sessions that were, or -1 when it is too early.
func (s *Redis) end(ctx context.Context, key Key, rec Record, notBefore int64) (ended int64, err error) {
	ended, err = s.run(ctx, endScript, []string{s.codec.key(key), traceKey(key), userPrefix + rec.User},
		[]string{rec.Device, latestPrefix, strconv.FormatInt(notBefore, 10)})
	if err != nil {
		return 0, fmt.Errorf("end session: %w", err)
	}
	return ended, nil
}

// run calls a script that returns a number.
func (s *Redis) run(ctx context.Context, script *rueidis.Lua, keys, args []string) (int64, error) {
	return s.client.Run(ctx, script, keys, args).AsInt64()
}

// Close ends the connections.
func (s *Redis) Close() error {
	s.stop()
	s.client.Close()
	s.stopped.Wait()
	return nil
}
