// BareBroker: a real server of the benchmark's own, filled through Narwhal's producer, and the bare
// loops that take one job at a time from it: what a client without a framework can do at best.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "narwhal/broker.h"

namespace narwhal::bench {

struct BareLoop {
  std::string name;
  std::function<void(std::size_t jobs)> run;  // in a process of its own; ends it on failure
};

class BareBroker {
 public:
  virtual ~BareBroker() = default;
  [[nodiscard]] virtual std::string url() const = 0;
  [[nodiscard]] virtual pid_t server() const = 0;
  [[nodiscard]] virtual const BrokerType& type() const = 0;
  // The last one gives the guarantee that the daemon gives: at least once.
  [[nodiscard]] virtual std::vector<BareLoop> loops() const = 0;
  // The same with waiting, without end: calls `job` with each job's stored bytes, then acks it.
  virtual void serve(const std::function<void(std::string_view stored)>& job) const = 0;

  [[nodiscard]] BrokerConfig config() const;
  // Puts `count` jobs of `payload` in the queue "default".
  void fill(const std::string& payload, std::size_t count) const;
};

std::unique_ptr<BareBroker> start_redis();
std::unique_ptr<BareBroker> start_beanstalkd();

}  // namespace narwhal::bench
