#include "narwhal_dead_letters.h"

#include <algorithm>
#include <cstdlib>

#include "dead_record.h"
#include "envelope.h"

namespace narwhal::redis {
namespace {

constexpr std::size_t kPage = 100;

DeadLetter read_letter(const std::string& queue, std::string_view member, std::string_view score) {
  const DeadRecord record = read_dead_record(member);
  const Envelope envelope = read_envelope(record.stored);
  DeadLetter letter;
  letter.id = envelope.id.empty() && record.unique.size() == kUniqueBytes
                  ? id_of_unnamed(record.unique)
                  : std::string(envelope.id);
  letter.queue = queue;
  letter.payload = envelope.payload;
  letter.priority = envelope.priority;
  letter.counters = envelope.counters;
  letter.enqueued_at = envelope.enqueued_at;
  letter.died_at =
      from_unix_micros(static_cast<std::int64_t>(std::strtod(std::string(score).c_str(), nullptr)));
  letter.reason = record.reason;
  letter.history = envelope.history;
  return letter;
}

}  // namespace

Result<std::vector<std::string>> NarwhalDeadLetters::queues(std::string_view queue) {
  if (!queue.empty()) return std::vector<std::string>{std::string(queue)};
  auto reply = client_->call({"SMEMBERS", keys_.dead_queues()});
  if (!reply.ok()) return reply.error();
  std::vector<std::string> names;
  for (const redisReply* name : elements(**reply)) names.emplace_back(text(*name));
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> NarwhalDeadLetters::walk(const std::string& queue, std::size_t limit,
                                      const Visit& visit) {
  const std::string key = keys_.dead(queue);
  std::size_t at = 0;
  while (at < limit) {
    const std::size_t count = std::min(kPage, limit - at);
    const std::string first = std::to_string(at);
    const std::string last = std::to_string(at + count - 1);
    auto page = client_->call({"ZRANGE", key, first, last, "WITHSCORES"});
    if (!page.ok()) return page.error();
    const auto parts = elements(**page);
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
      const std::string_view member = text(*parts[i]);
      auto more = visit({std::string(member), read_letter(queue, member, text(*parts[i + 1]))});
      if (!more.ok()) return more.error();
      if (!*more) return {};
    }
    if (parts.size() < 2 * count) return {};
    at += count;
  }
  return {};
}

Result<std::vector<DeadLetter>> NarwhalDeadLetters::list(std::string_view queue,
                                                         std::size_t limit) {
  auto names = queues(queue);
  if (!names.ok()) return names.error();
  std::vector<DeadLetter> letters;
  for (const auto& name : *names) {
    auto walked = walk(name, limit, [&](Found found) -> Result<bool> {
      letters.push_back(std::move(found.letter));
      return true;
    });
    if (!walked.ok()) return walked.error();
  }
  std::stable_sort(letters.begin(), letters.end(),
                   [](const auto& a, const auto& b) { return a.died_at < b.died_at; });
  if (letters.size() > limit) letters.resize(limit);
  return letters;
}

Result<DeadLetter> NarwhalDeadLetters::find(std::string_view id) {
  auto names = queues("");
  if (!names.ok()) return names.error();
  std::optional<DeadLetter> letter;
  for (const auto& name : *names) {
    auto walked = walk(name, SIZE_MAX, [&](Found found) -> Result<bool> {
      if (found.letter.id != id) return true;
      letter = std::move(found.letter);
      return false;
    });
    if (!walked.ok()) return walked.error();
    if (letter) return std::move(*letter);
  }
  return Error{ErrorKind::not_found, "unable to find dead letter: " + std::string(id),
               "there is none of that id"};
}

// Collects first: what is changed moves the pages.
Result<std::size_t> NarwhalDeadLetters::change(std::string_view queue,
                                               const std::vector<std::string>* ids,
                                               const Change& change) {
  auto names = queues(queue);
  if (!names.ok()) return names.error();
  std::size_t changed = 0;
  for (const auto& name : *names) {
    std::vector<Found> chosen;
    auto walked = walk(name, SIZE_MAX, [&](Found found) -> Result<bool> {
      const bool all = ids == nullptr;
      if (all || std::find(ids->begin(), ids->end(), found.letter.id) != ids->end()) {
        chosen.push_back(std::move(found));
      }
      return true;
    });
    if (!walked.ok()) return walked.error();
    for (const auto& found : chosen) {
      auto done = change(found);
      if (!done.ok()) return done.error();
      changed += *done ? 1 : 0;
    }
  }
  return changed;
}

Result<std::size_t> NarwhalDeadLetters::retry(const std::vector<std::string>& ids) {
  return change("", &ids, [this](const Found& found) { return retry_one(found); });
}

Result<std::size_t> NarwhalDeadLetters::retry_all(std::string_view queue) {
  return change(queue, nullptr, [this](const Found& found) { return retry_one(found); });
}

Result<std::size_t> NarwhalDeadLetters::remove(const std::vector<std::string>& ids) {
  return change("", &ids, [this](const Found& found) { return remove_one(found); });
}

Result<std::size_t> NarwhalDeadLetters::remove_all(std::string_view queue) {
  return change(queue, nullptr, [this](const Found& found) { return remove_one(found); });
}

Result<bool> NarwhalDeadLetters::retry_one(const Found& found) {
  constexpr std::string_view kRetry =
      "if redis.call('ZSCORE', KEYS[1], ARGV[1]) then "
      "redis.call('LPUSH', KEYS[2], ARGV[2]) return redis.call('ZREM', KEYS[1], ARGV[1]) end "
      "return 0";
  const DeadLetter& letter = found.letter;
  const std::string stored =
      write_envelope({letter.id, {}, letter.priority, letter.enqueued_at, {}, letter.payload});
  auto reply = client_->call({"EVAL", kRetry, "2", keys_.dead(letter.queue),
                              keys_.queue(letter.queue), found.member, stored});
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

Result<bool> NarwhalDeadLetters::remove_one(const Found& found) {
  auto reply = client_->call({"ZREM", keys_.dead(found.letter.queue), found.member});
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

}  // namespace narwhal::redis
