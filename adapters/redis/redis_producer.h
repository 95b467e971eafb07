// RedisProducer: enqueues from any process. A call returns when the server has the job; how safe it
// is there is the server's configuration (appendfsync, replicas).
#pragma once

#include <memory>

#include "client.h"
#include "format.h"
#include "narwhal/producer.h"

namespace narwhal::redis {

class RedisProducer final : public Producer {
 public:
  static Result<std::unique_ptr<Producer>> open(const BrokerConfig& config);

  Result<std::string> enqueue(const NewJob& job) override;
  // All or none.
  Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& jobs) override;

 private:
  RedisProducer(std::unique_ptr<Client> client, std::size_t max_payload);
  Result<Ops> prepare(const NewJob& job, std::vector<std::string>& ids);
  Result<void> store(const Ops& ops);

  std::unique_ptr<Client> client_;
  std::unique_ptr<Format> format_;
  std::size_t max_payload_;
  std::string digits_;
  std::uint64_t next_ = 1;
};

}  // namespace narwhal::redis
