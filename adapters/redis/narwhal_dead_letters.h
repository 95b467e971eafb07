// NarwhalDeadLetters: the dead letters of Narwhal's own format, one sorted set per queue. Looks
// through them a page at a time; finding one by id reads them all.
#pragma once

#include <functional>
#include <memory>

#include "client.h"
#include "keys.h"
#include "narwhal/broker.h"

namespace narwhal::redis {

class NarwhalDeadLetters final : public DeadLetters {
 public:
  explicit NarwhalDeadLetters(std::unique_ptr<Client> client)
      : client_(std::move(client)), keys_(client_->location().prefix) {}

  Result<std::vector<DeadLetter>> list(std::string_view queue, std::size_t limit) override;
  Result<DeadLetter> find(std::string_view id) override;
  Result<std::size_t> retry(const std::vector<std::string>& ids) override;
  Result<std::size_t> retry_all(std::string_view queue) override;
  Result<std::size_t> remove(const std::vector<std::string>& ids) override;
  Result<std::size_t> remove_all(std::string_view queue) override;

 private:
  struct Found {
    std::string member;
    DeadLetter letter;
  };
  using Visit = std::function<Result<bool>(Found)>;          // false: enough
  using Change = std::function<Result<bool>(const Found&)>;  // whether it was still there

  Result<std::vector<std::string>> queues(std::string_view queue);
  // The letters of one queue, oldest first, at most `limit`.
  Result<void> walk(const std::string& queue, std::size_t limit, const Visit& visit);
  Result<std::size_t> change(std::string_view queue, const std::vector<std::string>* ids,
                             const Change& change);
  Result<bool> retry_one(const Found& found);
  Result<bool> remove_one(const Found& found);

  std::unique_ptr<Client> client_;
  Keys keys_;
};

}  // namespace narwhal::redis
