package store

import (
	"strings"

	"github.com/redis/rueidis"
)

// Lua that the scripts share. A value under one of our keys may be of another type, or gone: then it is not a session,
// index or trace, and never an error that prevents a logout.

// now is the time in ms, by Redis's own clock.
const luaNow = `
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end`

// text is a key's string value, or nil. GETEX is a write, which Redis does not count as a read when it tracks changes:
// a client can invent ids, and a scan reads every key. It is also the write after which a full Redis lets a script
// change a role.
const luaText = `
local function text(key)
  local found = redis.pcall('GETEX', key)
  if type(found) == 'string' then return found end
end`

// enter puts a session into its user's index, which lives at least until a given time: an index never ends before its
// sessions. The field '?' is not a device. It keeps the index when all devices have ended, so that a missing index
// shows that something removed it.
const luaEnter = `
local function enter(index, device, key, till)
  if type(redis.pcall('HLEN', index)) ~= 'number' then redis.call('DEL', index) end
  local left, want = redis.call('PTTL', index), till - now()
  redis.call('HSET', index, device, key, '?', '')
  if left == -2 or left >= 0 and left < want then redis.call('PEXPIRE', index, string.format('%.0f', want)) end
end`

// owner returns whose record it is, and its absolute end: the user, the device and ms since 1970, for every codec; nil
// if it is not a record. A gob is a sequence of messages with lengths. The first message with a positive number
// describes no type and has the fields, each with its distance from the one before.
const luaOwner = `
local function number(s, at)
  local first = string.byte(s, at) or 0
  if first < 128 then return first, at + 1 end
  local n = 0
  for i = at + 1, at + 256 - first do n = n * 256 + (string.byte(s, i) or 0) end
  return n, at + 257 - first
end
local function gob(s, at)
  while at <= #s do
    local size, id, field
    size, at = number(s, at)
    if at + size > #s + 1 then return nil end
    id, field = number(s, at)
    if id % 2 == 0 then
      local fields, place, skip = {}, -1, 0
      while place < 4 do
        skip, field = number(s, field)
        if skip == 0 then break end
        place = place + skip
        size, field = number(s, field)
        if place < 3 then
          fields[place] = string.sub(s, field, field + size - 1)
          field = field + size
        else
          fields[place] = size / 2
        end
      end
      return fields[0] or '', fields[2] or '', fields[4] or 0
    end
    at = at + size
  end
end
local function owner(key, record)
  local codec = string.match(key, '^authlab:([sgj])1:')
  local cut = codec and record and string.find(record, '\n', 1, true)
  if not cut then return nil end
  if codec == 's' then return string.match(record, '^([^\n]*)\n[^\n]*\n([^\n]*)\n%d+\n(%d+)\n', cut + 1) end
  if codec == 'g' then return gob(record, cut + 1) end
  local ok, fields = pcall(cjson.decode, string.sub(record, cut + 1))
  if ok and type(fields) == 'table' then return fields.User, fields.Device, fields.End end
end`

// luaScript makes a script of parts.
func luaScript(parts ...string) *rueidis.Lua { return rueidis.NewLuaScript(strings.Join(parts, "\n")) }
