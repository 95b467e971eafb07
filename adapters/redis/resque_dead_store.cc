#include "resque_dead_store.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "job_notes.h"
#include "resque_format.h"

namespace narwhal::redis {
namespace {

constexpr std::size_t kPage = 100;

// Failures of other workers have no id: one made of their bytes (FNV-1a) finds them again.
std::string id_of_bytes(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

WallTime read_time(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y/%m/%d %H:%M:%S", &parts);
  if (end == nullptr) return WallTime{};
  return from_unix_micros(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
}

DeadLetter read_letter(const Keys& keys, std::string_view member) {
  DeadLetter letter;
  letter.id = id_of_bytes(member);
  letter.payload = member;
  const auto object = JsonObject::read(member);
  if (!object) return letter;
  if (const auto payload = object->get("payload")) {
    Delivery job;
    ResqueFormat(keys).read(*payload, job);
    letter.payload = job.payload;
    if (!job.id.empty()) letter.id = job.id;
  }
  const JobNotes notes = JobNotes::read(*object);
  if (!notes.id.empty()) letter.id = notes.id;
  letter.counters = notes.counters;
  letter.history = notes.history;
  letter.queue = object->text("queue").value_or("");
  letter.died_at = read_time(object->text("failed_at").value_or(""));
  letter.reason = object->text("reason").value_or("");
  if (letter.reason.empty()) {
    letter.reason =
        object->text("exception").value_or("") + ": " + object->text("error").value_or("");
  }
  return letter;
}

}  // namespace

Result<void> ResqueDeadStore::walk(std::string_view queue, std::size_t limit, const Visit& visit) {
  const std::string key = keys_.foreign("failed");
  std::size_t shown = 0;
  for (std::size_t at = 0; shown < limit; at += kPage) {
    const std::string first = std::to_string(at);
    const std::string last = std::to_string(at + kPage - 1);
    auto page = client_.call({"LRANGE", key, first, last});
    if (!page.ok()) return page.error();
    for (const redisReply* each : elements(**page)) {
      const std::string_view member = text(*each);
      DeadLetter letter = read_letter(keys_, member);
      if ((!queue.empty() && letter.queue != queue) || shown >= limit) continue;
      ++shown;
      visit({std::string(member), std::move(letter)});
    }
    if (elements(**page).size() < kPage) break;
  }
  return {};
}

Result<bool> ResqueDeadStore::retry(const Found& found) {
  constexpr std::string_view kRetry =
      "if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end "
      "redis.call('SADD', KEYS[3], ARGV[3]) redis.call('RPUSH', KEYS[2], ARGV[2]) return 1";
  const auto object = JsonObject::read(found.member);
  const auto payload = object ? object->get("payload") : std::nullopt;
  if (!payload || found.letter.queue.empty()) return false;  // nobody could say where it belongs
  const auto job = JsonObject::read(*payload);
  JobNotes notes;
  notes.id = found.letter.id;
  const std::string stored =
      job ? job->with({{"narwhal", notes.write()}}) : json_decode(*payload).value_or("");
  const std::string failed = keys_.foreign("failed");
  const std::string list = keys_.queue(found.letter.queue);
  const std::string names = keys_.queue_names();
  auto reply = client_.call(
      {"EVAL", kRetry, "3", failed, list, names, found.member, stored, found.letter.queue});
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

Result<bool> ResqueDeadStore::remove(const Found& found) {
  auto reply = client_.call({"LREM", keys_.foreign("failed"), "1", found.member});
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

}  // namespace narwhal::redis
