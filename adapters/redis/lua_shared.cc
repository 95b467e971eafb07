#include "lua_shared.h"

#include "lua.h"

namespace narwhal::redis {

const char* const kLuaCommon = R"(
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

const char* const kLuaSettle = R"(
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

const char* const kLuaAdopt = R"(
local flight = KEYS[1]
local function adopt(at)
  local field, i, job = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  if field ~= '' and redis.call('HEXISTS', flight, field) == 1 then return true end
  if redis.call('LREM', arrived[i], 1, job) == 0 then return field == '' end
  if field == '' then
    redis.call(push_front, lists[i], job)
  else
    redis.call('HSET', flight, field, job)
    redis.call('HSET', waits, 'q:' .. names[i], ARGV[at + 3])
  end
  return true
end
)";

std::string lua_lists(const Keys& keys, const ScriptParts& parts,
                      const std::vector<std::string>& queues, std::string_view consumer) {
  std::vector<std::string> lists;
  std::vector<std::string> arrived;
  for (const auto& queue : queues) {
    lists.push_back(keys.queue(queue));
    arrived.push_back(keys.arrived(consumer, queue));
  }
  return "local names = " + lua_list(queues) + "\nlocal lists = " + lua_list(lists) +
         "\nlocal arrived = " + lua_list(arrived) +
         "\nlocal waits = " + lua_quote(keys.waits(consumer)) +
         "\nlocal pop, push_front = " + lua_quote(parts.pop) + ", " + lua_quote(parts.push_front) +
         "\n";
}

}  // namespace narwhal::redis
