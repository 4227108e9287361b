package store

import (
	"strings"

	"github.com/redis/rueidis"
)

// What the scripts have in common, in Lua. Whatever lies under a key of ours may be of another type, or gone: it is
// then no session, no index, no trace, and never an error that keeps a logout from being done.

// now is the time in ms, by Redis' own clock.
const luaNow = `
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end`

// text is what a key holds, nil when that is no text. GETEX is a write, which Redis does not take note of where it
// tells what changes: anybody can invent ids, and a scan reads them all. It is also the write after which a Redis
// that is full lets a script change a role.
const luaText = `
local function text(key)
  local found = redis.pcall('GETEX', key)
  if type(found) == 'string' then return found end
end`

// enter puts a session into its user's index, which lives until a moment at least: an index never ends before what is
// in it. Under '?' is no device: it keeps the index there when all devices have ended, so that one which is gone tells
// that something took it away.
const luaEnter = `
local function enter(index, device, key, till)
  if type(redis.pcall('HLEN', index)) ~= 'number' then redis.call('DEL', index) end
  local left, want = redis.call('PTTL', index), till - now()
  redis.call('HSET', index, device, key, '?', '')
  if left == -2 or left >= 0 and left < want then redis.call('PEXPIRE', index, string.format('%.0f', want)) end
end`

// owner is whose session a record is, and when it ends at last: the user, the device and ms since 1970, of every
// codec; nil when it is no record. A gob is messages, each with its length; the first with a positive number
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

// luaScript is a script of parts.
func luaScript(parts ...string) *rueidis.Lua { return rueidis.NewLuaScript(strings.Join(parts, "\n")) }
