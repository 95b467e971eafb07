// A broker in memory for tests of the commands: what was enqueued and what is dead can be looked
// at, and it can be told to be away.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "narwhal/broker.h"

namespace narwhal {

struct FakeStore {
  std::vector<NewJob> jobs;
  std::vector<DeadLetter> dead;
  std::vector<std::string> retried;
  bool away = false;
  std::size_t max_payload = 0;        // what the server says
  std::size_t fail_after = SIZE_MAX;  // enqueue_all fails once so many jobs are stored
  std::size_t largest_batch = 0;
  bool keep = true;  // false: count only
  std::size_t count = 0;
};

inline Error away_error(const std::string& url) {
  return {ErrorKind::unavailable, "unable to connect: " + url, "connection refused"};
}

class FakeProducer final : public Producer {
 public:
  FakeProducer(FakeStore& store, std::string url) : store_(store), url_(std::move(url)) {}

  Result<std::string> enqueue(const NewJob& job) override {
    store_.jobs.push_back(job);
    return job.id;
  }

  Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& jobs) override {
    store_.largest_batch = std::max(store_.largest_batch, jobs.size());
    if (store_.count + jobs.size() > store_.fail_after) return away_error(url_);
    std::vector<std::string> ids;
    for (const NewJob& job : jobs) {
      ids.push_back(job.id);
      if (store_.keep) store_.jobs.push_back(job);
    }
    store_.count += jobs.size();
    return ids;
  }

  [[nodiscard]] std::size_t server_max_payload() const override { return store_.max_payload; }

 private:
  FakeStore& store_;
  std::string url_;
};

class FakeDeadLetters final : public DeadLetters {
 public:
  explicit FakeDeadLetters(FakeStore& store) : store_(store) {}

  Result<std::vector<DeadLetter>> list(std::string_view queue, std::size_t limit) override {
    std::vector<DeadLetter> found;
    for (const DeadLetter& letter : store_.dead) {
      if (matches(letter, queue) && found.size() < limit) found.push_back(letter);
    }
    return found;
  }
  Result<DeadLetter> find(std::string_view id) override {
    for (const DeadLetter& letter : store_.dead) {
      if (letter.id == id) return letter;
    }
    return Error{ErrorKind::not_found, "no such job", ""};
  }
  Result<std::size_t> retry(const std::vector<std::string>& ids) override {
    for (const std::string& id : ids) store_.retried.push_back(id);
    return remove(ids);
  }
  Result<std::size_t> retry_all(std::string_view queue) override {
    for (const DeadLetter& letter : store_.dead) {
      if (matches(letter, queue)) store_.retried.push_back(letter.id);
    }
    return remove_all(queue);
  }
  Result<std::size_t> remove(const std::vector<std::string>& ids) override {
    return std::erase_if(store_.dead, [&](const DeadLetter& letter) {
      return std::find(ids.begin(), ids.end(), letter.id) != ids.end();
    });
  }
  Result<std::size_t> remove_all(std::string_view queue) override {
    return std::erase_if(store_.dead,
                         [&](const DeadLetter& letter) { return matches(letter, queue); });
  }

 private:
  static bool matches(const DeadLetter& letter, std::string_view queue) {
    return queue.empty() || letter.queue == queue;
  }
  FakeStore& store_;
};

// Stores by URL. Errors repeat the whole URL on purpose: nothing secret of it may reach the user.
class FakeBrokers {
 public:
  FakeBrokers() {
    type_.name = "fake";
    type_.schemes = {"fake", "sqlite", "redis"};
    type_.capabilities.weights = true;
    type_.validate = [](const BrokerConfig& broker) { return validate(broker); };
    type_.open_producer = [this](const BrokerConfig& broker) -> Result<std::unique_ptr<Producer>> {
      FakeStore& store = stores[broker.url];
      if (store.away) return away_error(broker.url);
      return std::unique_ptr<Producer>{std::make_unique<FakeProducer>(store, broker.url)};
    };
    type_.open_dead_letters =
        [this](const BrokerConfig& broker) -> Result<std::unique_ptr<DeadLetters>> {
      FakeStore& store = stores[broker.url];
      if (store.away) return away_error(broker.url);
      return std::unique_ptr<DeadLetters>{std::make_unique<FakeDeadLetters>(store)};
    };
  }

  BrokerType& type() { return type_; }

  std::map<std::string, FakeStore> stores;

 private:
  static std::vector<BrokerMistake> validate(const BrokerConfig& broker) {
    std::vector<BrokerMistake> mistakes;
    if (broker.url.find("invalid") != std::string::npos) {
      mistakes.push_back({"the host of " + broker.url + " is invalid"});
    }
    for (const auto& [name, value] : broker.options) {
      if (value == "bad") mistakes.push_back({"is bad", "options." + name});
    }
    return mistakes;
  }

  BrokerType type_;
};

}  // namespace narwhal
