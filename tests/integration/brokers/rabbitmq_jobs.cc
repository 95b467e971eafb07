#include "integration/brokers/rabbitmq_jobs.h"

#include <stdexcept>
#include <thread>

#include "adapters/rabbitmq/rabbitmq_type.h"

namespace narwhal::test {
namespace {

// Its name comes after the counts of a queue.
bool is_dead(const std::string& queues, std::size_t at) {
  const std::size_t name = queues.find("\"name\":\"", at);
  return queues.substr(name, queues.find("\",", name) - name).ends_with(".narwhal-dead");
}

}  // namespace

RabbitmqJobs::RabbitmqJobs(int http_port, std::string vhost, BrokerConfig config, Duration tick)
    : JobStore(rabbitmq_broker_type(), std::move(config)),
      http_port_(http_port),
      vhost_(std::move(vhost)),
      tick_(tick) {}

// A job that moves is in its new queue before it leaves the old one; but these are not counted at
// the same time, so it may be missed in one count, and not in the next.
int RabbitmqJobs::live() {
  const int before = count();
  if (before > 0) return before;
  std::this_thread::sleep_for(tick_);
  return count();
}

// Without stored statistics, which would be seconds old: the queues themselves are asked.
int RabbitmqJobs::count() const {
  const HttpReply reply = rabbitmq_http(
      http_port_, "GET", "/api/queues/" + vhost_ + "?disable_stats=true&enable_queue_totals=true");
  if (reply.status != 200) throw std::runtime_error("unable to count: " + reply.body);
  int sum = 0;
  const std::string key = "\"messages\":";
  for (std::size_t at = 0; (at = reply.body.find(key, at)) != std::string::npos; ++at) {
    if (!is_dead(reply.body, at)) sum += std::stoi(reply.body.substr(at + key.size(), 10));
  }
  return sum;
}

}  // namespace narwhal::test
