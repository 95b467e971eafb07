#include "dead_store.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "narwhal_dead_store.h"
#include "resque_dead_store.h"
#include "sidekiq_dead_store.h"

namespace narwhal::redis {
namespace {

constexpr std::size_t kPage = 100;

}  // namespace

std::unique_ptr<DeadStore> make_dead_store(Client& client) {
  switch (client.location().format) {
    case FormatKind::sidekiq:
      return std::make_unique<SidekiqDeadStore>(client);
    case FormatKind::resque:
      return std::make_unique<ResqueDeadStore>(client);
    case FormatKind::narwhal:
      break;
  }
  return std::make_unique<NarwhalDeadStore>(client);
}

Result<void> walk_sorted_set(Client& client, const std::string& key, std::size_t limit,
                             const std::function<void(std::string_view, double)>& visit) {
  for (std::size_t at = 0; at < limit; at += kPage) {
    const std::size_t count = std::min(kPage, limit - at);
    const std::string first = std::to_string(at);
    const std::string last = std::to_string(at + count - 1);
    auto page = client.call({"ZRANGE", key, first, last, "WITHSCORES"});
    if (!page.ok()) return page.error();
    const auto parts = elements(**page);
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
      visit(text(*parts[i]), std::strtod(parts[i + 1]->str, nullptr));
    }
    if (parts.size() < 2 * count) break;
  }
  return {};
}

Result<std::unique_ptr<DeadLetters>> RedisDeadLetters::open(const BrokerConfig& config) {
  auto client = Client::open(config);
  if (!client.ok()) return client.error();
  return std::unique_ptr<DeadLetters>(new RedisDeadLetters(std::move(*client)));
}

Result<std::vector<DeadLetter>> RedisDeadLetters::list(std::string_view queue, std::size_t limit) {
  std::vector<DeadLetter> letters;
  auto walked = store_->walk(
      queue, limit, [&](DeadStore::Found found) { letters.push_back(std::move(found.letter)); });
  if (!walked.ok()) return walked.error();
  std::stable_sort(letters.begin(), letters.end(),
                   [](const auto& a, const auto& b) { return a.died_at < b.died_at; });
  if (letters.size() > limit) letters.resize(limit);
  return letters;
}

Result<DeadLetter> RedisDeadLetters::find(std::string_view id) {
  std::optional<DeadLetter> letter;
  auto walked = store_->walk("", SIZE_MAX, [&](DeadStore::Found found) {
    if (!letter && found.letter.id == id) letter = std::move(found.letter);
  });
  if (!walked.ok()) return walked.error();
  if (letter) return std::move(*letter);
  return Error{ErrorKind::not_found, "unable to find dead letter: " + std::string(id),
               "there is none of that id"};
}

// Collects first: what is changed moves the pages.
Result<std::size_t> RedisDeadLetters::change(std::string_view queue,
                                             const std::vector<std::string>* ids, Change action) {
  std::vector<DeadStore::Found> chosen;
  auto walked = store_->walk(queue, SIZE_MAX, [&](DeadStore::Found found) {
    const bool all = ids == nullptr;
    if (all || std::find(ids->begin(), ids->end(), found.letter.id) != ids->end()) {
      chosen.push_back(std::move(found));
    }
  });
  if (!walked.ok()) return walked.error();
  std::size_t changed = 0;
  for (const auto& found : chosen) {
    auto done = ((*store_).*action)(found);
    if (!done.ok()) return done.error();
    changed += *done ? 1 : 0;
  }
  return changed;
}

Result<std::size_t> RedisDeadLetters::retry(const std::vector<std::string>& ids) {
  return change("", &ids, &DeadStore::retry);
}

Result<std::size_t> RedisDeadLetters::retry_all(std::string_view queue) {
  return change(queue, nullptr, &DeadStore::retry);
}

Result<std::size_t> RedisDeadLetters::remove(const std::vector<std::string>& ids) {
  return change("", &ids, &DeadStore::remove);
}

Result<std::size_t> RedisDeadLetters::remove_all(std::string_view queue) {
  return change(queue, nullptr, &DeadStore::remove);
}

}  // namespace narwhal::redis
