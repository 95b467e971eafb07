#include "scripts.h"

#include "depths.h"
#include "lua.h"
#include "lua_shared.h"

namespace narwhal::redis {

void set_scripts(ScriptSet& set, const Keys& keys, const ScriptParts& parts,
                 const ScriptOwner& owner, bool one_slot) {
  const std::string guard = one_slot ? slot_guard(keys) : "";
  set.set(Script::turn, guard + turn_script(keys, parts, owner));
  set.set(Script::sweep, guard + sweep_script(keys, parts, owner));
  set.set(Script::publish, guard + publish_script());
  set.set(Script::beat, guard + beat_script());
  set.set(Script::orphans, guard + orphans_script());
  set.set(Script::adopt, guard + adopt_script());
  set.set(Script::give_back, guard + give_back_script());
  set.set(Script::depths, guard + depths_script(keys, parts, owner.queues));
}

std::string slot_guard(const Keys& keys) {
  return "if type(redis.pcall('EXISTS', " + lua_quote(keys.slot_probe()) +
         ")) == 'table' then\n"
         "  return redis.error_reply('TRYAGAIN the slot is being moved')\n"
         "end\n";
}

std::string sweep_script(const Keys& keys, const ScriptParts& parts, const ScriptOwner& owner) {
  return lua_lists(keys, parts, owner.queues, owner.consumer) + kLuaAdopt +
         R"(
redis.call('HDEL', waits, 'gone', 'last')
for i = 1, #names do redis.call('HSET', waits, 'q:' .. names[i], ARGV[1 + i]) end
local missing, at = {}, 2 + #names
for _ = 1, tonumber(ARGV[1]) do
  if not adopt(at) then missing[#missing + 1] = ARGV[at] end
  at = at + 4
end
for i = 1, #lists do
  local job = redis.call('LPOP', arrived[i])
  while job do
    redis.call(push_front, lists[i], job)
    job = redis.call('LPOP', arrived[i])
  end
end
return missing
)";
}

std::string publish_script() {
  return std::string(kLuaCommon) + R"(
local before = redis.call('HGET', KEYS[1], 'published')
if before and tonumber(before) >= tonumber(ARGV[1]) then return 'OK' end
local at = 2
while at <= #ARGV do
  local failure = run(at)
  if failure then return redis.error_reply(failure) end
  at = at + 1 + tonumber(ARGV[at])
end
-- Where there is no key there is no expiry to outlive us.
if before or redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'published', ARGV[1])
end
return 'OK'
)";
}

std::string beat_script() {
  return R"(
local known = redis.call('PEXPIRE', KEYS[2], ARGV[2])
if known == 0 then
  -- After a first write, memory limits do not keep us out: a full server needs its consumers.
  redis.call('DEL', KEYS[2])
  redis.call('SADD', KEYS[1], ARGV[1])
  redis.call('HSET', KEYS[2], 'since', redis.call('TIME')[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
local held = redis.call('HLEN', KEYS[3])
for i = 4, #KEYS do held = held + redis.call('LLEN', KEYS[i]) end
local reply = {known, held}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if id ~= ARGV[1] then
    reply[#reply + 1] = id
    reply[#reply + 1] = redis.call('EXISTS', ARGV[3] .. id)
  end
end
return reply
)";
}

std::string orphans_script() {
  return R"(
if ARGV[2] ~= '1' and redis.call('EXISTS', KEYS[2]) == 1 then return {} end
redis.call('HDEL', KEYS[3], '')
local waits = redis.call('HKEYS', KEYS[4])
for _, name in ipairs(waits) do
  local queue = string.match(name, '^q:(.*)$')
  local job = queue and redis.call('RPOP', ARGV[4] .. queue)
  -- The first has the number under which its master may have handed it out, the others numbers
  -- above all that it gave.
  local number = job and tonumber(redis.call('HGET', KEYS[4], name))
  if job then redis.call('HSET', KEYS[4], name, '') end
  while job do
    number = number or 2 ^ 52 + redis.call('HINCRBY', KEYS[4], 'moved', 1)
    redis.call('HSET', KEYS[3], string.format('%.0f:%s', number, queue), job)
    number, job = nil, redis.call('RPOP', ARGV[4] .. queue)
  end
end
local fields = redis.call('HKEYS', KEYS[3])
if #fields == 0 then
  -- The server may not have noticed yet that a blocked client has gone, and still push to it. Such
  -- a wait ends within a minute of the server's time, at the end of a turn of its loop; so it is
  -- over if one look finds that time long past, and a later look does too.
  if #waits > 0 then
    local now = tonumber(redis.call('TIME')[1])
    local gone = redis.call('HGET', KEYS[4], 'gone')
    if not gone then redis.call('HSET', KEYS[4], 'gone', now) return {} end
    if now - gone < 180 then return {} end
    local last = redis.call('HGET', KEYS[4], 'last')
    if not last then redis.call('HSET', KEYS[4], 'last', now) return {} end
    if now - last < 2 then return {} end
  end
  redis.call('DEL', KEYS[2], KEYS[4])
  redis.call('SREM', KEYS[1], ARGV[1])
  return {}
end
local function number(field) return tonumber(string.match(field, '^%d+')) or 0 end
table.sort(fields, function(a, b) return number(a) > number(b) end)
local reply, bytes = {}, 0
for _, field in ipairs(fields) do
  local job = redis.call('HGET', KEYS[3], field)
  bytes = bytes + #job
  if #reply > 0 and (bytes > tonumber(ARGV[3]) or #reply >= 400) then break end
  reply[#reply + 1] = field
  reply[#reply + 1] = job
end
return reply
)";
}

std::string adopt_script() {
  return std::string(kLuaCommon) + kLuaSettle + R"(
if ARGV[1] ~= '1' and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HDEL', KEYS[2], '')
local moved, at = 0, 2
while at <= #ARGV do
  local refused
  at, refused = settle(KEYS[2], at)
  if not refused then moved = moved + 1 end
end
return moved
)";
}

std::string give_back_script() {
  return R"(
redis.call('HDEL', KEYS[1], '')
local moved = 0
for at = 3, #ARGV do
  local queue = string.match(ARGV[at], '^%d+:(.*)$')
  local job = queue and redis.call('HGET', KEYS[1], ARGV[at])
  if job then
    redis.call(ARGV[1], ARGV[2] .. queue, job)
    redis.call('HDEL', KEYS[1], ARGV[at])
    moved = moved + 1
  end
end
return moved
)";
}

}  // namespace narwhal::redis
