#include "lua.h"
#include "lua_shared.h"
#include "scripts.h"

namespace narwhal::redis {
namespace {

// One fetch stops after so many bytes, beyond its first job.
constexpr std::size_t kMostFetched = std::size_t{16} << 20U;

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
  at = at + 4
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

}  // namespace

std::string turn_script(const Keys& keys, const ScriptParts& parts, const ScriptOwner& owner) {
  std::vector<std::string> suffixes;
  for (const auto& queue : owner.queues) suffixes.push_back(":" + queue);
  const std::size_t id = keys.inflight_prefix().size();
  std::string text = kLuaCommon;
  text += lua_lists(keys, parts, owner.queues, owner.consumer);
  text += kLuaSettle;
  text += kLuaAdopt;
  text += kTurnSettle;
  text += "local suffixes = " + lua_list(suffixes) + "\n";
  text += "local sets = " + lua_list(parts.delayed_sets) + "\n";
  text += "local uid = string.sub(flight, " + std::to_string(id + 1) + ", " +
          std::to_string(id + 16) + ")\n";
  text += "local most, most_stored, most_fetched = " + std::to_string(owner.max_payload) + ", " +
          std::to_string(owner.max_payload + parts.overhead) + ", " + std::to_string(kMostFetched) +
          "\n";
  text += "local function due_of(i)\n" + parts.next_due + "end\n";
  text += "local function promote(i)\n" + parts.promote + "end\n";
  text += "local function set_aside(i, bytes, unique)\n" + parts.set_aside + "end\n";
  return text + kTurnFetch;
}

}  // namespace narwhal::redis
