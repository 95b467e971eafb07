#include "integration/brokers/rabbitmq_host.h"

#include <stdexcept>

#include "adapters/rabbitmq/rabbitmq_type.h"

namespace narwhal::test {
namespace {

class RabbitmqJobs final : public JobStore {
 public:
  RabbitmqJobs(RabbitmqVhost& vhost, BrokerConfig config)
      : JobStore(rabbitmq_broker_type(), std::move(config)), vhost_(vhost) {}

  // A job that moves is in its new queue before it leaves the old one; but these are not counted at
  // the same time, so it may be missed in one count, and not in the next.
  int live() override {
    const int before = count();
    return before > 0 ? before : count();
  }

 private:
  // Without stored statistics, which would be seconds old: the queues themselves are asked.
  int count() {
    const HttpReply reply = vhost_.http(
        "GET", "/api/queues/" + vhost_.name() + "?disable_stats=true&enable_queue_totals=true");
    if (reply.status != 200) throw std::runtime_error("unable to count: " + reply.body);
    int sum = 0;
    const std::string key = "\"messages\":";
    for (std::size_t at = 0; (at = reply.body.find(key, at)) != std::string::npos; ++at) {
      if (!is_dead(reply.body, at)) sum += std::stoi(reply.body.substr(at + key.size(), 10));
    }
    return sum;
  }
  // Its name comes after the counts of a queue.
  static bool is_dead(const std::string& queues, std::size_t at) {
    const std::size_t name = queues.find("\"name\":\"", at);
    return queues.substr(name, queues.find("\",", name) - name).ends_with(".narwhal-dead");
  }

  RabbitmqVhost& vhost_;
};

}  // namespace

const BrokerType& RabbitmqHost::type() const { return rabbitmq_broker_type(); }

std::string RabbitmqHost::socket() const { return "127.0.0.1:" + std::to_string(proxy_.port()); }

void RabbitmqHost::put_foreign(const std::string& queue, const std::string& payload) {
  vhost_.declare(queue, R"({"durable":true,"arguments":{"x-max-priority":10}})");
  vhost_.publish(queue, payload);
}

std::unique_ptr<JobStore> RabbitmqHost::make_jobs() {
  BrokerConfig config;
  config.url = url_at("127.0.0.1:" + std::to_string(vhost_.server_port()));
  config.queues = {{"default", 0}, {"urgent", 0}};  // whose dead letters are looked at
  return std::make_unique<RabbitmqJobs>(vhost_, std::move(config));
}

}  // namespace narwhal::test
