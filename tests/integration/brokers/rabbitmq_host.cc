#include "integration/brokers/rabbitmq_host.h"

#include <algorithm>
#include <sstream>
#include <thread>

#include "adapters/rabbitmq/rabbitmq_type.h"

namespace narwhal::test {
namespace {

class RabbitmqJobs final : public JobStore {
 public:
  RabbitmqJobs(RabbitmqVhost& vhost, BrokerConfig config)
      : JobStore(rabbitmq_broker_type(), std::move(config)), vhost_(vhost) {}

  // Each queue is counted now and then. A job that moves is in both queues or in either at a time,
  // so it is seen in one of two counts.
  int live() override {
    const int before = counted();
    std::this_thread::sleep_for(2 * kRabbitmqCounts);
    return std::max(before, counted());
  }

 private:
  int counted() {
    const HttpReply reply =
        vhost_.http("GET", "/api/queues/" + vhost_.name() + "?columns=name,messages");
    int count = 0;
    std::istringstream queues(reply.body);
    for (std::string queue; std::getline(queues, queue, '}');) {
      if (queue.find("\"name\"") == std::string::npos) continue;
      if (queue.find(".narwhal-dead\"") == std::string::npos) count += messages_in(queue);
    }
    return count;
  }
  // One whose messages have not been counted yet is not known to be empty.
  static int messages_in(const std::string& queue) {
    const std::string key = "\"messages\":";
    const std::size_t at = queue.find(key);
    return at == std::string::npos ? 1 : std::stoi(queue.substr(at + key.size()));
  }

  RabbitmqVhost& vhost_;
};

}  // namespace

const BrokerType& RabbitmqHost::type() const { return rabbitmq_broker_type(); }

std::string RabbitmqHost::socket() const { return "127.0.0.1:" + std::to_string(proxy_.port()); }

void RabbitmqHost::put_foreign(const std::string& queue, const std::string& payload) {
  vhost_.declare(queue, R"({"durable":true})");
  vhost_.publish(queue, payload);
}

std::unique_ptr<JobStore> RabbitmqHost::make_jobs() {
  BrokerConfig config;
  config.url = vhost_.url();
  return std::make_unique<RabbitmqJobs>(vhost_, std::move(config));
}

}  // namespace narwhal::test
