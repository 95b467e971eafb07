#include "scripts.h"

#include "lua.h"

namespace narwhal::redis {
namespace {

// One fetch stops after so many bytes, beyond its first job.
constexpr std::size_t kMostFetched = std::size_t{16} << 20U;

// What most scripts share. run(at): runs the command at ARGV[at] (length, words…) and returns its
// error, or nil. No script is stopped half way by memory limits once it has written something,
// which the first HDEL, of a field that is never there, counts as: a job is moved even when the
// server is full, and kept when anything else fails.
constexpr const char* kCommon = R"(
local time
local function now()
  if not time then
    local t = redis.call('TIME')
    time = t[1] * 1000000 + t[2]
  end
  return time
end
local function whole(n) return string.format('%.0f', n) end
local function error_of(reply) return type(reply) == 'table' and reply.err end
local function run(at)
  local words = tonumber(ARGV[at])
  local command = ARGV[at + 1]
  if command == 'in' then
    return error_of(redis.pcall('ZADD', ARGV[at + 2], whole(now() + ARGV[at + 3]), ARGV[at + 4]))
  elseif command == 'in-seconds' then
    local score = string.format('%.6f', (now() + ARGV[at + 3]) / 1000000)
    return error_of(redis.pcall('ZADD', ARGV[at + 2], score, ARGV[at + 4]))
  end
  return error_of(redis.pcall(unpack(ARGV, at + 1, at + words)))
end
)";

// settle(flight, at): carries out the settlement at ARGV[at] (field, count, commands…). Returns
// where the next one begins and, when the job stays where it was, why: "" for "it is not there".
constexpr const char* kSettle = R"(
local function settle(flight, at)
  local field, commands = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  local refused = redis.call('HEXISTS', flight, field) == 0 and ''
  for _ = 1, commands do
    refused = refused or run(at)
    at = at + 1 + tonumber(ARGV[at])
  end
  if not refused then redis.call('HDEL', flight, field) end
  return at, refused
end
)";

// adopt(at): takes the arrival at ARGV[at] (field, queue, bytes) over into the in-flight hash,
// once, or gives it back. False when it is nowhere.
constexpr const char* kAdopt = R"(
local flight = KEYS[1]
local function adopt(at)
  local field, i, job = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  if field ~= '' and redis.call('HEXISTS', flight, field) == 1 then return true end
  if redis.call('LREM', arrived[i], 1, job) == 0 then return field == '' end
  if field == '' then
    redis.call(push_front, lists[i], job)
  else
    redis.call('HSET', flight, field, job)
  end
  return true
end
)";

constexpr const char* kTurnSettle = R"(
local want, number = tonumber(ARGV[1]), tonumber(ARGV[2])
local order, known = ARGV[4], tonumber(ARGV[5])
local acks, others, arrivals = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local at = 9
local refused = {}
local due, problem
if arrivals > 0 then redis.call('HDEL', flight, '') end
for _ = 1, arrivals do
  if not adopt(at) then
    refused[#refused + 1] = ARGV[at]
    refused[#refused + 1] = ''
  end
  at = at + 3
end
if acks > 1 and redis.call('HLEN', flight) == known then
  redis.call('HDEL', flight, unpack(ARGV, at, at + acks - 1))
  at = at + acks
else
  for _ = 1, acks do
    if redis.call('HDEL', flight, ARGV[at]) == 0 then
      refused[#refused + 1] = ARGV[at]
      refused[#refused + 1] = ''
    end
    at = at + 1
  end
end
if others > 0 then redis.call('HDEL', flight, '') end
for _ = 1, others do
  local field, why = ARGV[at]
  at, why = settle(flight, at)
  if why then
    refused[#refused + 1] = field
    refused[#refused + 1] = why
  end
end
if want == 0 then return {refused, '', 0, '', 0} end
)";

constexpr const char* kTurnFetch = R"(
local reply, taken, aside, full = {}, 0, 0, false
local bytes = 0
local function guarded(step, i)
  local sound, result = pcall(step, i)
  if sound then return result end
  problem = error_of(result) or tostring(result)
end
local function look()
  local moved = 0
  for i = 1, #sets do
    local first = guarded(due_of, i)
    if first and first <= now() then
      redis.call('HDEL', flight, '')
      moved = moved + (guarded(promote, i) or 0)
      first = guarded(due_of, i)
    end
    if first and (not due or first < due) then due = first end
  end
  return moved
end
local function take(i)
  local got = redis.pcall(pop, lists[i], want - taken)
  if not got then return end
  if got.err then problem = got.err return end
  local keep = {}
  for k = 1, #got do
    local job = got[k]
    local size = #job
    if size > most and (size > most_stored or string.sub(job, 1, 4) ~= '\0NW\1') then
      aside = aside + 1
      set_aside(i, job, string.format('%s%016x', uid, now() + aside))
    elseif bytes > 0 and bytes + size > most_fetched then
      full = true
      for back = #got, k, -1 do redis.call(push_front, lists[i], got[back]) end
      break
    else
      keep[#keep + 1] = job
      bytes = bytes + size
    end
  end
  if #keep == 0 then return end
  local fields = {}
  for k = 1, #keep do
    fields[2 * k - 1] = number + k - 1 .. suffixes[i]
    fields[2 * k] = keep[k]
  end
  redis.call('HSET', flight, unpack(fields))
  reply[#reply + 1] = i
  reply[#reply + 1] = number
  reply[#reply + 1] = keep
  number = number + #keep
  taken = taken + #keep
end
local function take_all()
  for k = 1, #lists do
    take(order == '' and k or string.byte(order, k))
    if taken >= want or full then return end
  end
end
local looked, armed = ARGV[3] == '1', 0
if looked then look() end
take_all()
if taken < want and not full then
  if not looked and look() > 0 then take_all() end
  looked = true
  -- A read: with CLIENT TRACKING the next push to any of them is told to us.
  redis.call('EXISTS', unpack(lists))
  armed = 1
end
local wait = ''
if looked then wait = due and whole(due - now()) or '-' end
return {refused, wait, aside, problem or '', armed, unpack(reply)}
)";

// The queues and our lists of arrivals from them, as Lua.
std::string lists_of(const Keys& keys, const ScriptParts& parts,
                     const std::vector<std::string>& queues, std::string_view consumer) {
  std::vector<std::string> lists;
  std::vector<std::string> arrived;
  for (const auto& queue : queues) {
    lists.push_back(keys.queue(queue));
    arrived.push_back(keys.arrived(consumer, queue));
  }
  return "local lists = " + lua_list(lists) + "\nlocal arrived = " + lua_list(arrived) +
         "\nlocal pop, push_front = " + lua_quote(parts.pop) + ", " + lua_quote(parts.push_front) +
         "\n";
}

}  // namespace

std::string slot_guard(const Keys& keys) {
  return "if type(redis.pcall('EXISTS', " + lua_quote(keys.slot_probe()) +
         ")) == 'table' then\n"
         "  return redis.error_reply('TRYAGAIN the slot is being moved')\n"
         "end\n";
}

std::string turn_script(const Keys& keys, const ScriptParts& parts,
                        const std::vector<std::string>& queues, std::string_view consumer,
                        std::size_t max_payload) {
  std::vector<std::string> suffixes;
  for (const auto& queue : queues) suffixes.push_back(":" + queue);
  const std::size_t id = keys.inflight_prefix().size();
  std::string text = kCommon;
  text += lists_of(keys, parts, queues, consumer);
  text += kSettle;
  text += kAdopt;
  text += kTurnSettle;
  text += "local suffixes = " + lua_list(suffixes) + "\n";
  text += "local sets = " + lua_list(parts.delayed_sets) + "\n";
  text += "local uid = string.sub(flight, " + std::to_string(id + 1) + ", " +
          std::to_string(id + 16) + ")\n";
  text += "local most, most_stored, most_fetched = " + std::to_string(max_payload) + ", " +
          std::to_string(max_payload + parts.overhead) + ", " + std::to_string(kMostFetched) + "\n";
  text += "local function due_of(i)\n" + parts.next_due + "end\n";
  text += "local function promote(i)\n" + parts.promote + "end\n";
  text += "local function set_aside(i, bytes, unique)\n" + parts.set_aside + "end\n";
  return text + kTurnFetch;
}

std::string sweep_script(const Keys& keys, const ScriptParts& parts,
                         const std::vector<std::string>& queues, std::string_view consumer) {
  return lists_of(keys, parts, queues, consumer) + kAdopt + "local names = " + lua_list(queues) +
         R"(
redis.call('HDEL', KEYS[2], 'gone', 'last')
for _, name in ipairs(names) do redis.call('HSET', KEYS[2], 'q:' .. name, '1') end
local missing, at = {}, 2
for _ = 1, tonumber(ARGV[1]) do
  if not adopt(at) then missing[#missing + 1] = ARGV[at] end
  at = at + 3
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
  return std::string(kCommon) + R"(
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
  while job do
    -- Above all numbers that its master gave.
    local number = 2 ^ 52 + redis.call('HINCRBY', KEYS[4], 'moved', 1)
    redis.call('HSET', KEYS[3], string.format('%.0f:%s', number, queue), job)
    job = redis.call('RPOP', ARGV[4] .. queue)
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
  return std::string(kCommon) + kSettle + R"(
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
