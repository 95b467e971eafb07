#include "depths.h"

#include "lua.h"

namespace narwhal::redis {
std::string depths_script(const Keys& keys, const ScriptParts& parts,
                          const std::vector<std::string>& queues) {
  std::vector<std::string> lists;
  lists.reserve(queues.size());
  for (const auto& queue : queues) lists.push_back(keys.queue(queue));
  std::string text = "local lists = " + lua_list(lists) + "\n";
  text += "local oldest = " + std::string(parts.pop == "RPOP" ? "-1" : "0") + "\n";
  text += "local function delayed(i)\n" + parts.count_delayed + "end\n";
  text += "local function dead(i)\n" + parts.count_dead + "end\n";
  return text + R"(
local reply = {}
for i = 1, #lists do
  local first = redis.call('LINDEX', lists[i], oldest) or ''
  reply[i] = {redis.call('LLEN', lists[i]), delayed(i), dead(i), string.sub(first, 1, 65536)}
end
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  for _, field in ipairs(redis.call('HKEYS', ARGV[1] .. id)) do reply[#reply + 1] = field end
end
return reply
)";
}

std::vector<QueueDepth> read_depths(const redisReply& reply, const std::vector<std::string>& queues,
                                    const Format& format, WallTime now) {
  const auto parts = elements(reply);
  if (parts.size() < queues.size()) return {};
  std::vector<QueueDepth> depths;
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const auto numbers = elements(*parts[i]);
    if (numbers.size() != 4) return {};
    QueueDepth depth;
    depth.queue = queues[i];
    depth.ready = static_cast<std::uint64_t>(numbers[0]->integer);
    depth.delayed = static_cast<std::uint64_t>(numbers[1]->integer);
    depth.dead = static_cast<std::uint64_t>(numbers[2]->integer);
    Delivery oldest;
    if (depth.ready > 0) format.read(text(*numbers[3]), oldest);
    if (oldest.enqueued_at != WallTime{} && oldest.enqueued_at < now) {
      depth.oldest_ready_age = now - oldest.enqueued_at;
    }
    depths.push_back(std::move(depth));
  }
  for (const redisReply* field : parts.subspan(queues.size())) {
    const std::string_view name = text(*field);
    const std::string_view queue = name.substr(std::min(name.find(':') + 1, name.size()));
    for (auto& depth : depths) {
      if (depth.queue == queue) ++depth.in_flight;
    }
  }
  return depths;
}

}  // namespace narwhal::redis
