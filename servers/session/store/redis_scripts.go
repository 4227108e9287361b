package store

// Everything that touches a session and its user's index together is a script, for a script is atomic. They use what
// Redis 6.2 knows, and they compute keys from the index, hence a single Redis and not a cluster.
//
// The index of a user is a hash, device -> key of the session. It is there to find a session that nobody has in hand:
// the list of devices, a ban, a change of role. What a client has in hand, an id, is found by that alone.
//
// A trace is left under the old key of a session that moved, with four lines: the index, the device, the new key, and
// the veil. Under the device lies the key that the session has now, so that old traces lead there too after it has
// moved again.

// KEYS session, index; ARGV record, idle ms, device, when the index may end. Returns 1, or 0 when the key is taken.
// Two devices picked at random are looked at and forgotten when they are gone: with each login adding one, the dead
// stay a minority without a sweep.
var createScript = luaScript(luaNow, luaEnter, `
if not redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 0 end
enter(KEYS[2], ARGV[3], KEYS[1], ARGV[4])
if redis.call('HLEN', KEYS[2]) > 4 then
  local some = redis.call('HRANDFIELD', KEYS[2], 2, 'WITHVALUES')
  for i = 1, #some, 2 do
    if some[i] ~= '?' and redis.call('EXISTS', some[i+1]) == 0 then redis.call('HDEL', KEYS[2], some[i]) end
  end
end
return 1`)

// KEYS session; ARGV ms to live, throttle ms. Returns the record and ms to live, or nothing. It prolongs the session
// when the throttle has gone since it was last prolonged. Redis tells of changes to what PTTL has read; GETEX, a write
// to Redis, is not heard of, so that ids of no session leave nothing behind there. PTTL comes last, since a write ends
// the telling.
var lookScript = luaScript(`
local text = redis.call('GETEX', KEYS[1])
if not text then return false end
local left = redis.call('PTTL', KEYS[1])
if ARGV[1] - left >= tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = redis.call('PTTL', KEYS[1])
end
return {text, left}`)

// KEYS session; ARGV record behind its first line. Returns 1, or 0 when the session is gone, or is none.
var updateScript = luaScript(luaText, `
local old = text(KEYS[1])
local cut = old and string.find(old, '\n', 1, true)
if not cut then return 0 end
redis.call('SET', KEYS[1], string.sub(old, 1, cut) .. ARGV[1], 'XX', 'KEEPTTL')
return 1`)

// KEYS old, new, index, trace, key of the device's latest key; ARGV idle ms, device, when the index may end, trace
// ms, until, veil. Returns 1, 0 when the old is gone, -1 when the new is taken, -2 when it is later than until, in ms
// since 1970.
var moveScript = luaScript(luaNow, luaEnter, `
if now() >= tonumber(ARGV[5]) then return -2 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('RENAMENX', KEYS[1], KEYS[2]) == 0 then return -1 end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
enter(KEYS[3], ARGV[2], KEYS[2], ARGV[3])
redis.call('SET', KEYS[4], table.concat({KEYS[3], ARGV[2], KEYS[2], ARGV[6]}, '\n'), 'PX', ARGV[4])
redis.call('SET', KEYS[5], KEYS[2], 'PX', ARGV[4])
return 1`)

// trace reads a trace: the index, the device, the new key and the veil.
const luaTrace = `
local function trace(key)
  return string.match(text(key) or '', '^([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)$')
end`

// KEYS trace. Returns the record, the key and the veil of the session that moved, or nothing.
var movedScript = luaScript(luaText, luaTrace, `
local _, _, key, veil = trace(KEYS[1])
local record = key and text(key)
if not record then return false end
return {record, key, veil}`)

// KEYS session, trace, index; ARGV device or nothing, start of the keys of a device's latest key, the end before which
// it does nothing, in ms since 1970, or 0. Returns the number of sessions ended, -1 when it is too early. What the
// index says is done only to a session of that device.
var endScript = luaScript(luaNow, luaText, luaTrace, luaOwner, `
if ARGV[3] ~= '0' and now() < tonumber(ARGV[3]) then return -1 end
local ended = redis.call('DEL', KEYS[1])
local index, device = KEYS[3], ARGV[1]
local found, moved, key = trace(KEYS[2])
redis.call('DEL', KEYS[2])
if key then
  index, device = found, moved
  ended = ended + redis.call('DEL', key)
  key = text(ARGV[2] .. device)
  redis.call('DEL', ARGV[2] .. device)
  if key then ended = ended + redis.call('DEL', key) end
end
if device == '' then return ended end
key = redis.pcall('HGET', index, device)
if type(key) ~= 'string' then return ended end
redis.call('HDEL', index, device)
local _, named = owner(key, text(key))
if named == device then ended = ended + redis.call('DEL', key) end
return ended`)
