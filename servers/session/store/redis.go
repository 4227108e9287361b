package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"authlab/servers/redis"
	"authlab/servers/user"
)

// Redis keeps sessions in a Redis that all replicas share.
type Redis struct {
	client *redis.Client
	codec  Codec
	now    func() time.Time

	ttl      time.Duration // of a session that was just used
	throttle time.Duration
	ttlMS    string
	indexMS  string // lifetime of a user's index: longer than any session in it
}

// RedisOptions say how long sessions live.
type RedisOptions struct {
	Lifetimes
	// Throttle spares writes: a use prolongs the session only when so much has gone since it was last prolonged. For that a
	// session is kept longer by as much, so that none ends early. 0: every use prolongs it.
	Throttle time.Duration
	Codec    Codec // the zero Codec is Text
	Now      func() time.Time
}

// NewRedis keeps sessions in the Redis of client, which it closes.
func NewRedis(client *redis.Client, o RedisOptions) *Redis {
	ttl := o.Idle + o.Throttle
	if o.Codec.prefix == "" {
		o.Codec = Text
	}
	return &Redis{
		client: client, codec: o.Codec, now: o.Now, ttl: ttl, throttle: o.Throttle,
		ttlMS: milliseconds(ttl), indexMS: milliseconds(o.Absolute + ttl),
	}
}

var _ Backend = (*Redis)(nil)

// Keys are prefixed, for the Redis may not be ours alone.
const (
	sessionPrefix = "authlab:s1:"
	userPrefix    = "authlab:u1:"
	tracePrefix   = "authlab:t1:" // apart from the sessions, so that no read of a session can find a trace
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
func (s *Redis) Create(ctx context.Context, key Key, rec Record) error {
	text, err := s.codec.encode(&rec)
	if err != nil {
		return err
	}
	done, err := s.run(ctx, createScript, []string{s.codec.key(key), userPrefix + rec.User},
		[]string{text, s.ttlMS, rec.Device, s.indexMS})
	if err != nil {
		return fmt.Errorf("create session: %w", err)
	}
	if done != 1 {
		return errKeyTaken
	}
	return nil
}

// Touch implements Backend. It is the hot path: one command, GETEX, which reads and slides in one round trip.
func (s *Redis) Touch(ctx context.Context, key Key) (Record, error) {
	name := s.codec.key(key)
	if s.throttle > 0 {
		return s.sparing(ctx, name)
	}
	text, err := s.client.Read(ctx, func(b rueidis.Builder) rueidis.Completed {
		return b.Arbitrary("GETEX").Keys(name).Args("PX", s.ttlMS).Build()
	}).ToString()
	return s.read(text, err)
}

// sparing reads, and writes only when it is time to: most uses are no write that the Redis would have to keep or
// replicate. GETEX without a lifetime changes nothing either, but a replica, which may not know what has ended, refuses
// it.
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

// read makes a record of what Redis answered.
func (s *Redis) read(text string, err error) (Record, error) {
	if rueidis.IsRedisNil(err) {
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
func (s *Redis) Move(ctx context.Context, from, to Key, rec Record) error {
	until, err := s.client.Until(ctx)
	if err != nil {
		return fmt.Errorf("move session: %w", err)
	}
	return s.moveUntil(ctx, from, to, rec, until)
}

func (s *Redis) moveUntil(ctx context.Context, from, to Key, rec Record, until int64) error {
	done, err := s.run(ctx, moveScript, []string{s.codec.key(from), s.codec.key(to), userPrefix + rec.User, traceKey(from)},
		[]string{s.ttlMS, rec.Device, s.indexMS, milliseconds(TraceFor), strconv.FormatInt(until, 10)})
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

// EndDevice implements Backend.
func (s *Redis) EndDevice(ctx context.Context, userID, device string) error {
	return s.endOne(ctx, endDeviceScript, userPrefix+userID, device)
}

// EndMoved implements Backend.
func (s *Redis) EndMoved(ctx context.Context, from Key) error {
	return s.endOne(ctx, endMovedScript, traceKey(from))
}

// endOne runs a script that ends at most one session.
func (s *Redis) endOne(ctx context.Context, script *rueidis.Lua, key string, args ...string) error {
	done, err := s.run(ctx, script, []string{key}, args)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if done == 0 {
		return ErrNotFound
	}
	return nil
}

// EndUser implements Backend.
func (s *Redis) EndUser(ctx context.Context, userID, keep string) error {
	return s.scan(ctx, "end sessions", endUserScript, userID, []string{keep}, nil)
}

// SetRole implements Backend.
func (s *Redis) SetRole(ctx context.Context, userID string, role user.Role, version int64) error {
	head, err := (&Record{Role: role, Version: version}).head()
	if err != nil {
		return err
	}
	return s.scan(ctx, "set role", setRoleScript, userID, []string{head, strconv.FormatInt(version, 10)}, nil)
}

// Devices implements Backend.
func (s *Redis) Devices(ctx context.Context, userID string) ([]Login, error) {
	var logins []Login
	seen := map[string]bool{} // a scan may meet a device twice
	err := s.scan(ctx, "list sessions", devicesScript, userID, nil, func(found []rueidis.RedisMessage) error {
		now := s.now()
		for i := 0; i+1 < len(found); i += 2 {
			text, _ := found[i].ToString()
			rec, err := s.codec.decode(text)
			if err != nil {
				continue // of another codec: it logs nobody in here
			}
			left, err := found[i+1].AsInt64()
			if err != nil {
				return err
			}
			if seen[rec.Device] || rec.over(now) {
				continue
			}
			seen[rec.Device] = true
			// A use sets the time to live to all of it, so what is gone of it is the time since, but for the throttle.
			idle := s.ttl - time.Duration(left)*time.Millisecond
			logins = append(logins, Login{Record: rec, LastSeen: now.Add(-idle)})
		}
		return nil
	})
	return logins, err
}

// run is one call of a script that returns a number.
func (s *Redis) run(ctx context.Context, script *rueidis.Lua, keys, args []string) (int64, error) {
	return s.client.Run(ctx, script, keys, args).AsInt64()
}

// scan calls a script over a user's index until the cursor is back at 0. Each call has its own deadline.
func (s *Redis) scan(ctx context.Context, what string, script *rueidis.Lua, userID string, args []string,
	use func([]rueidis.RedisMessage) error,
) error {
	keys := []string{userPrefix + userID}
	args = append([]string{"0", scanBatch}, args...)
	for {
		answer, err := s.client.Run(ctx, script, keys, args).ToArray()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if len(answer) == 0 {
			return fmt.Errorf("%s: no cursor", what)
		}
		if use != nil {
			if err := use(answer[1:]); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
		}
		if args[0], err = answer[0].ToString(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if args[0] == "0" {
			return nil
		}
	}
}

// Close ends the connections.
func (s *Redis) Close() error {
	s.client.Close()
	return nil
}
