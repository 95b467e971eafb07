#include "narwhal_dead_store.h"

#include <algorithm>

#include "dead_record.h"
#include "envelope.h"

namespace narwhal::redis {
namespace {

DeadLetter read_letter(const std::string& queue, std::string_view member, double score) {
  const DeadRecord record = read_dead_record(member);
  const Envelope envelope = read_envelope(record.stored);
  DeadLetter letter;
  const bool unnamed = envelope.id.empty() && record.unique.size() == kUniqueBytes;
  letter.id = unnamed ? id_of_unnamed(record.unique) : std::string(envelope.id);
  letter.queue = queue;
  letter.payload = envelope.payload;
  letter.priority = envelope.priority;
  letter.counters = envelope.counters;
  letter.enqueued_at = envelope.enqueued_at;
  letter.died_at = from_unix_micros(static_cast<std::int64_t>(score));
  letter.reason = record.reason;
  letter.history = envelope.history;
  return letter;
}

}  // namespace

Result<std::vector<std::string>> NarwhalDeadStore::queues(std::string_view queue) {
  if (!queue.empty()) return std::vector<std::string>{std::string(queue)};
  auto reply = client_.call({"SMEMBERS", keys_.dead_queues()});
  if (!reply.ok()) return reply.error();
  std::vector<std::string> names;
  for (const redisReply* name : elements(**reply)) names.emplace_back(text(*name));
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> NarwhalDeadStore::walk(std::string_view queue, std::size_t limit, const Visit& visit) {
  auto names = queues(queue);
  if (!names.ok()) return names.error();
  for (const auto& name : *names) {
    auto walked = walk_sorted_set(client_, keys_.dead(name), limit,
                                  [&](std::string_view member, double score) {
                                    visit({std::string(member), read_letter(name, member, score)});
                                  });
    if (!walked.ok()) return walked;
  }
  return {};
}

Result<bool> NarwhalDeadStore::retry(const Found& found) {
  constexpr std::string_view kRetry =
      "if redis.call('ZSCORE', KEYS[1], ARGV[1]) then "
      "redis.call('LPUSH', KEYS[2], ARGV[2]) return redis.call('ZREM', KEYS[1], ARGV[1]) end "
      "return 0";
  const DeadLetter& letter = found.letter;
  const std::string stored =
      write_envelope({letter.id, {}, letter.priority, letter.enqueued_at, {}, letter.payload});
  const std::string dead = keys_.dead(letter.queue);
  const std::string list = keys_.queue(letter.queue);
  auto reply = client_.call({"EVAL", kRetry, "2", dead, list, found.member, stored});
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

Result<bool> NarwhalDeadStore::remove(const Found& found) {
  auto reply = client_.call({"ZREM", keys_.dead(found.letter.queue), found.member});
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

}  // namespace narwhal::redis
