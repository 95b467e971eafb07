// DeadStore: where one format keeps its dead letters. RedisDeadLetters does the rest.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "client.h"
#include "keys.h"
#include "narwhal/broker.h"

namespace narwhal::redis {

class DeadStore {
 public:
  struct Found {
    std::string member;  // as stored
    DeadLetter letter;
  };
  using Visit = std::function<void(Found)>;

  virtual ~DeadStore() = default;

  // Shows every letter of `queue`, or of all for an empty one; oldest first within a queue.
  // At most `limit` of each queue.
  virtual Result<void> walk(std::string_view queue, std::size_t limit, const Visit& visit) = 0;
  // Both say whether the letter was still there.
  virtual Result<bool> retry(const Found& found) = 0;
  virtual Result<bool> remove(const Found& found) = 0;
};

std::unique_ptr<DeadStore> make_dead_store(Client& client);

// Reads a sorted set a page at a time, lowest score first: member, score.
Result<void> walk_sorted_set(Client& client, const std::string& key, std::size_t limit,
                             const std::function<void(std::string_view, double)>& visit);

// The one-shot commands' view of a DeadStore. Finding letters by id looks through all of them.
class RedisDeadLetters final : public DeadLetters {
 public:
  static Result<std::unique_ptr<DeadLetters>> open(const BrokerConfig& config);

  Result<std::vector<DeadLetter>> list(std::string_view queue, std::size_t limit) override;
  Result<DeadLetter> find(std::string_view id) override;
  Result<std::size_t> retry(const std::vector<std::string>& ids) override;
  Result<std::size_t> retry_all(std::string_view queue) override;
  Result<std::size_t> remove(const std::vector<std::string>& ids) override;
  Result<std::size_t> remove_all(std::string_view queue) override;

 private:
  using Change = Result<bool> (DeadStore::*)(const DeadStore::Found&);

  explicit RedisDeadLetters(std::unique_ptr<Client> client)
      : client_(std::move(client)), store_(make_dead_store(*client_)) {}
  // `ids` null: every one.
  Result<std::size_t> change(std::string_view queue, const std::vector<std::string>* ids,
                             Change action);

  std::unique_ptr<Client> client_;
  std::unique_ptr<DeadStore> store_;
};

}  // namespace narwhal::redis
