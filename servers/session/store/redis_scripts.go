package store

// Everything that touches a session and its user's index together is a script, because a script is atomic. Scripts use
// only what Redis 6.2 has. They compute keys from the index, so they need a single Redis and not a cluster.
//
// A user's index is a hash, device -> key of the session. It finds sessions without their id: for the list of devices,
// a ban, a change of role. A session whose id a client presents is found by the id alone.
//
// A trace is left under the old key of a moved session, with four lines: the index, the device, the new key, and the
// veil. The device's latest key is stored too, so that old traces still lead to the session after further moves.

// KEYS session, index; ARGV record, idle ms, device, when the index may end. Returns 1, or 0 when the key is taken. It
// checks two random devices of the index and removes them if they are gone: since each login adds one, the dead stay a
// minority without a sweep.
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

// KEYS session; ARGV ms to live, throttle ms. Returns the record and ms to live, or nothing. It prolongs the session if
// the throttle has passed since the last time. Redis tracks keys that PTTL has read; it does not track GETEX, a write,
// so unknown ids leave nothing behind there. PTTL comes last, since a write ends the tracking.
var lookScript = luaScript(`
local text = redis.call('GETEX', KEYS[1])
if not text then return false end
local left = redis.call('PTTL', KEYS[1])
if ARGV[1] - left >= tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = redis.call('PTTL', KEYS[1])
end
return {text, left}`)

// KEYS session; ARGV record after its first line. Returns 1, or 0 if the session is gone or is not one.
var updateScript = luaScript(luaText, `
local old = text(KEYS[1])
local cut = old and string.find(old, '\n', 1, true)
if not cut then return 0 end
redis.call('SET', KEYS[1], string.sub(old, 1, cut) .. ARGV[1], 'XX', 'KEEPTTL')
return 1`)

// KEYS old, new, index, trace, key of the device's latest key; ARGV idle ms, device, when the index may end, trace ms,
// until, veil. Returns 1; 0 if the old key is gone; -1 if the new one is taken; -2 if it is later than until, in ms
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

// KEYS session, trace, index; ARGV device or nothing, start of the keys of a device's latest key, the time before which
// it does nothing, in ms since 1970, or 0. Returns the number of sessions ended, -1 when it is too early. What the
// index says applies only to a session of that device.
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
