package store

import "github.com/redis/rueidis"

// Everything that touches a session and its user's index together is a script, for a script is atomic. They use what
// Redis 6.2 knows, and they compute keys from the index, hence a single Redis and not a cluster.
//
// The index of a user is a hash, device -> key of the session. A device keeps its field when its session moves to a new
// key, so a scan of the index meets every device that is there from its beginning to its end, whatever moves meanwhile:
// that is what lets SetRole and EndUser work in batches and still miss nobody.

// scanBatch is how many devices one script call looks at: Redis answers nobody else meanwhile.
const scanBatch = "256"

// KEYS session, index; ARGV record, idle ms, device, index ms. Returns 1, or 0 when the key is taken.
// Two devices picked at random are looked at and forgotten when they are gone: with each login adding one, the dead
// stay a minority without a sweep.
var createScript = rueidis.NewLuaScript(`
if not redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 0 end
if redis.call('HLEN', KEYS[2]) > 4 then
  local some = redis.call('HRANDFIELD', KEYS[2], 2, 'WITHVALUES')
  for i = 1, #some, 2 do
    if redis.call('EXISTS', some[i+1]) == 0 then redis.call('HDEL', KEYS[2], some[i]) end
  end
end
redis.call('HSET', KEYS[2], ARGV[3], KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1`)

// KEYS session; ARGV ms to live, throttle ms. Returns the record and ms to live, or nothing. It prolongs the session when the
// throttle has gone since it was last prolonged. Redis tells of changes to what PTTL has read; GETEX, a write to Redis, is not
// heard of, so that ids of no session leave nothing behind there. PTTL comes last, since a write ends the telling.
var lookScript = rueidis.NewLuaScript(`
local text = redis.call('GETEX', KEYS[1])
if not text then return false end
local left = redis.call('PTTL', KEYS[1])
if ARGV[1] - left >= tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = redis.call('PTTL', KEYS[1])
end
return {text, left}`)

// KEYS session; ARGV record behind its first line. Returns 1, or 0 when the session is gone, or is none.
var updateScript = rueidis.NewLuaScript(`
local old = redis.call('GET', KEYS[1])
local cut = old and string.find(old, '\n', 1, true)
if not cut then return 0 end
redis.call('SET', KEYS[1], string.sub(old, 1, cut) .. ARGV[1], 'XX', 'KEEPTTL')
return 1`)

// KEYS old, new, index, trace; ARGV idle ms, device, index ms, trace ms, until. Returns 1, 0 when the old is gone, -1 when the
// new is taken, -2 when it is later than until, in ms since 1970. The trace names the device and not the new key, so that it leads to the session after further moves too.
var moveScript = rueidis.NewLuaScript(`
local now = redis.call('TIME')
if now[1] * 1000 + now[2] / 1000 >= tonumber(ARGV[5]) then return -2 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('RENAMENX', KEYS[1], KEYS[2]) == 0 then return -1 end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[2], KEYS[2])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
redis.call('SET', KEYS[4], KEYS[3] .. '\n' .. ARGV[2], 'PX', ARGV[4])
return 1`)

// KEYS index; ARGV device. Returns the number of sessions ended.
var endDeviceScript = rueidis.NewLuaScript(`
local key = redis.call('HGET', KEYS[1], ARGV[1])
if not key then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
return redis.call('DEL', key)`)

// KEYS trace. Returns the number of sessions ended. GETDEL is a write and not tracked, like GETEX above: anybody can invent ids.
var endMovedScript = rueidis.NewLuaScript(`
local trace = redis.call('GETDEL', KEYS[1])
if not trace then return 0 end
local cut = string.find(trace, '\n', 1, true)
local index, device = string.sub(trace, 1, cut - 1), string.sub(trace, cut + 1)
local key = redis.call('HGET', index, device)
if not key then return 0 end
redis.call('HDEL', index, device)
return redis.call('DEL', key)`)

// The scripts below take KEYS index; ARGV cursor, batch, … and return the next cursor first.

// ARGV[3] the device that stays.
var endUserScript = rueidis.NewLuaScript(`
local scan = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
for i = 1, #scan[2], 2 do
  if scan[2][i] ~= ARGV[3] then
    redis.call('DEL', scan[2][i+1])
    redis.call('HDEL', KEYS[1], scan[2][i])
  end
end
return {scan[1]}`)

// ARGV[3] the first line of records, ARGV[4] the version in it. Writes where there is a record of an earlier version, keeping its time
// to live: SET XX KEEPTTL. What is none, as no codec wrote it, logs nobody in and leaves the index, so that it keeps no role of others
// from changing.
var setRoleScript = rueidis.NewLuaScript(`
local scan = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
for i = 1, #scan[2], 2 do
  local key = redis.call('HGET', KEYS[1], scan[2][i])
  local old = key and redis.call('GET', key)
  local cut = old and string.find(old, '\n', 1, true)
  if cut and tonumber(string.match(string.sub(old, 1, cut - 1), ' (%d+)$') or 0) < tonumber(ARGV[4]) then
    redis.call('SET', key, ARGV[3] .. string.sub(old, cut, -1), 'XX', 'KEEPTTL')
  elseif not cut then
    redis.call('HDEL', KEYS[1], scan[2][i])
  end
end
return {scan[1]}`)

// After the cursor: record, ms to live, record, ms to live, …
var devicesScript = rueidis.NewLuaScript(`
local scan = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local found = {scan[1]}
for i = 1, #scan[2], 2 do
  local record = redis.call('GET', scan[2][i+1])
  if record then
    found[#found+1] = record
    found[#found+1] = tostring(redis.call('PTTL', scan[2][i+1]))
  else
    redis.call('HDEL', KEYS[1], scan[2][i])
  end
end
return found`)
