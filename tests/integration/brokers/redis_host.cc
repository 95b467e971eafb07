#include "integration/brokers/redis_host.h"

#include "adapters/redis/redis_type.h"

namespace narwhal::test {
namespace {

// In one script: a job on its way from one key to the next is always counted.
constexpr const char* kCountLive = R"(
  local count = 0
  for _, key in ipairs(redis.call('KEYS', 'queue:*')) do
    count = count + redis.call('LLEN', key)
  end
  for _, key in ipairs(redis.call('KEYS', 'narwhal:delayed:*')) do
    count = count + redis.call('ZCARD', key)
  end
  for _, key in ipairs(redis.call('KEYS', 'narwhal:inflight:*')) do
    count = count + redis.call('HLEN', key)
  end
  return count)";

class RedisJobs final : public JobStore {
 public:
  RedisJobs(RedisServer& server, BrokerConfig config)
      : JobStore(redis_broker_type(), std::move(config)), server_(server) {}

  int live() override { return static_cast<int>(server_.number({"EVAL", kCountLive, "0"})); }

 private:
  RedisServer& server_;
};

}  // namespace

const BrokerType& RedisHost::type() const { return redis_broker_type(); }

std::unique_ptr<JobStore> RedisHost::make_jobs() {
  BrokerConfig config;
  config.url = url();
  return std::make_unique<RedisJobs>(server_, std::move(config));
}

}  // namespace narwhal::test
