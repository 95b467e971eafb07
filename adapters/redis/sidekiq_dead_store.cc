#include "sidekiq_dead_store.h"

#include "job_notes.h"
#include "sidekiq_format.h"

namespace narwhal::redis {
namespace {

DeadLetter read_letter(const Keys& keys, std::string_view member, double score) {
  DeadLetter letter;
  letter.died_at = from_unix_micros(static_cast<std::int64_t>(score * 1e6));
  letter.payload = member;
  const auto object = JsonObject::read(member);
  if (!object) return letter;
  Delivery job;
  SidekiqFormat(keys).read(member, job);
  letter.id = job.id;
  letter.payload = job.payload;
  letter.counters = job.counters;
  letter.enqueued_at = job.enqueued_at;
  letter.history = job.history;
  letter.queue = object->text("queue").value_or("");
  letter.reason = object->text("error_class").value_or("");
  const std::string message = object->text("error_message").value_or("");
  if (!message.empty()) letter.reason += (letter.reason.empty() ? "" : ": ") + message;
  return letter;
}

}  // namespace

Result<void> SidekiqDeadStore::walk(std::string_view queue, std::size_t limit, const Visit& visit) {
  std::size_t shown = 0;
  return walk_sorted_set(client_, keys_.foreign("dead"), SIZE_MAX,
                         [&](std::string_view member, double score) {
                           DeadLetter letter = read_letter(keys_, member, score);
                           if (!queue.empty() && letter.queue != queue) return;
                           if (shown++ >= limit) return;
                           visit({std::string(member), std::move(letter)});
                         });
}

Result<bool> SidekiqDeadStore::retry(const Found& found) {
  constexpr std::string_view kRetry =
      "if redis.call('ZSCORE', KEYS[1], ARGV[1]) then "
      "redis.call('SADD', KEYS[3], ARGV[3]) redis.call('LPUSH', KEYS[2], ARGV[2]) "
      "return redis.call('ZREM', KEYS[1], ARGV[1]) end return 0";
  const auto object = JsonObject::read(found.member);
  if (!object || found.letter.queue.empty()) return false;  // nobody could say where it belongs
  std::vector<JsonObject::Edit> edits;
  for (const auto* key : {"retry_count", "failed_at", "retried_at", "error_class", "error_message",
                          "error_backtrace", "narwhal"}) {
    edits.push_back({key, std::nullopt});
  }
  const std::string stored = object->with(edits);
  const std::string dead = keys_.foreign("dead");
  const std::string list = keys_.queue(found.letter.queue);
  const std::string names = keys_.queue_names();
  auto reply = client_.call(
      {"EVAL", kRetry, "3", dead, list, names, found.member, stored, found.letter.queue});
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

Result<bool> SidekiqDeadStore::remove(const Found& found) {
  auto reply = client_.call({"ZREM", keys_.foreign("dead"), found.member});
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

}  // namespace narwhal::redis
