package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"authlab/servers/redis"
	"authlab/servers/user"
)

// Changes to a user's sessions reach them through the user's index. A Redis that makes room drops keys that are not
// used: each request touches a session, and none its user's index. So if the index is gone, or may have been, all
// sessions are examined, whoever owns them, and then the index again, for those that moved to a new key meanwhile.
// Also, each replica puts all sessions into their indexes when it starts, and repeatedly: Redis's counters do not show
// what was lost before, or under another policy.

// A visit is applied to each session that belongs to the user: it gets key, record and device. What it adds to out is
// returned. A walk calls it for the sessions of a batch. KEYS index; ARGV cursor, batch, user, and the visit's own.
type visit struct{ index, all *rueidis.Lua }

func visitOf(does string) visit {
	does = "local out = {}\nlocal function visit(key, record, device)" + does + "\nend"
	return visit{
		index: luaScript(luaText, luaOwner, does, luaIndexWalk),
		all:   luaScript(luaNow, luaEnter, luaText, luaOwner, does, luaWalk, luaKeep),
	}
}

// luaIndexWalk visits a batch of the index. Returns the next cursor, and whether the index is not as written: gone, of
// another type, or with another user's session, which is left alone. A device keeps its field when its session moves to
// a new key, so a scan meets every device that is there throughout. A value that no codec can read belongs to no user,
// and is removed.
const luaIndexWalk = `
local scan = redis.pcall('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
if scan.err then
  redis.call('DEL', KEYS[1])
  return {'0', '1', out}
end
local odd = redis.call('EXISTS', KEYS[1]) == 0 and '1' or '0'
for i = 1, #scan[2], 2 do
  local device, key = scan[2][i], scan[2][i+1]
  local record = device ~= '?' and text(key)
  local user, named = owner(key, record)
  if user == ARGV[3] and named == device then
    visit(key, record, device)
  elseif device ~= '?' then
    redis.call('HDEL', KEYS[1], device)
    if user or not string.match(key, '^authlab:[sgj]1:') then odd = '1' else redis.call('DEL', key) end
  end
end
return {scan[1], odd, out}`

// luaWalk visits a batch of all keys, and puts the user's remaining sessions into the index again. Returns the next
// cursor.
const luaWalk = `
local scan = redis.call('SCAN', ARGV[1], 'MATCH', 'authlab:[sgj]1:*', 'COUNT', ARGV[2])
for _, key in ipairs(scan[2]) do
  local record = text(key)
  local user, device, ends = owner(key, record)
  if user == ARGV[3] then
    visit(key, record, device)
    local left = redis.call('PTTL', key)
    if left > 0 then enter(KEYS[1], device, key, tonumber(ends) + left) end
  end
end
`

// luaKeep leaves an index behind when all sessions were examined, even for a user without any, so that the next walk
// need not repeat that. A full Redis refuses it, and then the next one will.
const luaKeep = `
if scan[1] == '0' and redis.call('EXISTS', KEYS[1]) == 0 then
  if type(redis.pcall('HSET', KEYS[1], '?', '')) == 'number' then redis.call('PEXPIRE', KEYS[1], 86400000) end
end
return {scan[1], '0', out}`

// How many devices, or keys, one call examines: meanwhile Redis answers no other command. Most keys are not the user's,
// and cost less.
const (
	indexBatch = "256"
	walkBatch  = "500"
)

var (
	// ARGV[4] the device that stays.
	endUserVisit = visitOf(`
  if device == ARGV[4] then return end
  redis.call('DEL', key)
  redis.pcall('HDEL', KEYS[1], device)`)

	// ARGV[4] the device that ends. It is returned.
	endDeviceVisit = visitOf(`
  if device ~= ARGV[4] then return end
  redis.call('DEL', key)
  redis.pcall('HDEL', KEYS[1], device)
  out[1] = device`)
	// The same for the one device of the index.
	endDeviceScript = luaScript(luaText, luaOwner, `
local key = redis.pcall('HGET', KEYS[1], ARGV[4])
if type(key) ~= 'string' then
  return {'0', (type(key) == 'table' or redis.call('EXISTS', KEYS[1]) == 0) and '1' or '0', {}}
end
redis.call('HDEL', KEYS[1], ARGV[4])
local user, device = owner(key, text(key))
if user == ARGV[3] and device == ARGV[4] and redis.call('DEL', key) == 1 then return {'0', '0', {device}} end
return {'0', (user or not string.match(key, '^authlab:[sgj]1:')) and '1' or '0', {}}`)

	// ARGV[4] the first line of records, ARGV[5] the version in it. Writes if there is a record of an earlier version,
	// keeping its time to live: SET XX KEEPTTL.
	setRoleVisit = visitOf(`
  local cut = string.find(record, '\n', 1, true)
  if tonumber(string.match(string.sub(record, 1, cut - 1), ' (%d+)$') or 0) < tonumber(ARGV[5]) then
    redis.call('SET', key, ARGV[4] .. string.sub(record, cut, -1), 'XX', 'KEEPTTL')
  end`)

	// Returns record, ms to live, record, ms to live, …
	devicesVisit = visitOf(`
  out[#out+1] = record
  out[#out+1] = tostring(redis.call('PTTL', key))`)
)

// reach applies a visit to all sessions of a user. It looks further than the index if the index may lack some.
func (s *Redis) reach(ctx context.Context, what string, v visit, userID string, args []string,
	use func([]rueidis.RedisMessage) error,
) error {
	w := walk{user: userID, args: args, use: use, turns: s.ending}
	if use != nil {
		w.turns = s.listing
	}
	e, err := s.client.AskEviction(ctx)
	if err == nil {
		err = s.batches(ctx, v.index, indexBatch, &w)
	}
	if err == nil && (w.odd || s.misses(e)) {
		if err = s.everywhere(ctx, e, v.all, &w); err == nil {
			err = s.batches(ctx, v.index, indexBatch, &w)
		}
	}
	if err == nil {
		err = s.client.Prove(ctx) // a replica that is behind finds nothing, so it writes nothing that it would refuse
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// misses reports whether sessions may be in no index although the index of their user exists.
func (s *Redis) misses(e redis.Eviction) bool {
	whole := s.entered.Load()
	return whole == nil || e.May() || e.Lost(*whole)
}

// walk is a visit in progress.
type walk struct {
	user  string
	args  []string
	use   func([]rueidis.RedisMessage) error // nil if nothing is returned
	turns chan struct{}                      // one element while all sessions are examined
	odd   bool                               // the index is not as written
}

// everywhere visits all sessions, one walk at a time in this replica: a user can cause this work for Redis. Lists,
// which any user may ask for at will, take turns of their own and delay no ending. If a request's time does not
// suffice, that is an error, and so is a Redis that another has replaced meanwhile: a walk's cursor means nothing
// there.
func (s *Redis) everywhere(ctx context.Context, e redis.Eviction, script *rueidis.Lua, w *walk) error {
	select {
	case w.turns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-w.turns }()
	if err := s.batches(ctx, script, walkBatch, w); err != nil {
		return err
	}
	now, err := s.client.AskEviction(ctx)
	if err == nil && now.Run != e.Run {
		err = errReplaced
	}
	return err
}

var errReplaced = errors.New("another Redis has taken over meanwhile")

// batches calls a script until the cursor is back at 0. Each call has its own deadline.
func (s *Redis) batches(ctx context.Context, script *rueidis.Lua, batch string, w *walk) error {
	keys, args := []string{userPrefix + w.user}, append([]string{"0", batch, w.user}, w.args...)
	for {
		answer, err := s.client.Run(ctx, script, keys, args).ToArray()
		if err != nil {
			return err
		}
		if len(answer) != 3 {
			return fmt.Errorf("%d parts", len(answer))
		}
		found, err := answer[2].ToArray()
		if err != nil {
			return err
		}
		if w.use != nil {
			if err := w.use(found); err != nil {
				return err
			}
		}
		odd, err := answer[1].ToString()
		if err != nil {
			return err
		}
		w.odd = w.odd || odd == "1"
		if args[0], err = answer[0].ToString(); err != nil {
			return err
		}
		if args[0] == "0" {
			return nil
		}
	}
}

// EndUser implements Backend.
func (s *Redis) EndUser(ctx context.Context, userID, keep string) error {
	return s.reach(ctx, "end sessions", endUserVisit, userID, []string{keep}, nil)
}

// EndDevice implements Backend. A device has one session: if the index knows it, there is no more to look for.
func (s *Redis) EndDevice(ctx context.Context, userID, device string) error {
	ended := false
	w := walk{user: userID, args: []string{device}, turns: s.ending, use: func(found []rueidis.RedisMessage) error {
		ended = ended || len(found) > 0
		return nil
	}}
	err := s.batches(ctx, endDeviceScript, indexBatch, &w)
	if err == nil && !ended {
		err = s.endDeviceAnywhere(ctx, &w)
	}
	if err == nil && !ended {
		err = s.client.Prove(ctx)
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if !ended {
		return ErrNotFound
	}
	return nil
}

// endDeviceAnywhere is for a device that the index does not know, if it may lack some.
func (s *Redis) endDeviceAnywhere(ctx context.Context, w *walk) error {
	e, err := s.client.AskEviction(ctx)
	if err != nil || !w.odd && !s.misses(e) {
		return err
	}
	if err := s.everywhere(ctx, e, endDeviceVisit.all, w); err != nil {
		return err
	}
	return s.batches(ctx, endDeviceScript, indexBatch, w)
}

// SetRole implements Backend.
func (s *Redis) SetRole(ctx context.Context, userID string, role user.Role, version int64) error {
	head, err := (&Record{Role: role, Version: version}).head()
	if err != nil {
		return err
	}
	return s.reach(ctx, "set role", setRoleVisit, userID, []string{head, strconv.FormatInt(version, 10)}, nil)
}

// Devices implements Backend.
func (s *Redis) Devices(ctx context.Context, userID string) ([]Login, error) {
	var logins []Login
	seen := map[string]bool{} // a scan may meet a device twice
	err := s.reach(ctx, "list sessions", devicesVisit, userID, nil, func(found []rueidis.RedisMessage) error {
		now := s.client.Now()
		for i := 0; i+1 < len(found); i += 2 {
			text, _ := found[i].ToString()
			rec, err := s.codec.decode(text)
			if err != nil {
				continue // of another codec: it logs no user in here
			}
			left, err := found[i+1].AsInt64()
			if err != nil {
				return err
			}
			if seen[rec.Device] || rec.over(now) {
				continue
			}
			seen[rec.Device] = true
			// A use resets the time to live, so the elapsed part is the time since the last use, apart from the throttle.
			idle := s.ttl - time.Duration(left)*time.Millisecond
			logins = append(logins, Login{Record: rec, LastSeen: now.Add(-idle)})
		}
		return nil
	})
	return logins, err
}
