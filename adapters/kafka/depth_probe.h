// DepthProbe: counts what stands in the topics of the served queues, in all partitions, whichever
// master has them. The library can only be asked for that by calls that block, so a thread of this
// object's own asks, while there is a question.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "handles.h"
#include "narwhal/broker.h"
#include "session.h"

namespace narwhal::kafka {

class DepthProbe {
 public:
  explicit DepthProbe(const Session& session) : session_(session) {}
  ~DepthProbe();
  DepthProbe(const DepthProbe&) = delete;
  DepthProbe& operator=(const DepthProbe&) = delete;

  // `answers` is told when there is one. Both handles outlive the question.
  void use(rd_kafka_t* consumer, rd_kafka_t* producer, int wake_fd);
  void request();
  // The answer, once: in `ready` all that is neither finished nor delayed, those in hand included.
  std::vector<QueueDepth> take();
  void stop();

 private:
  void ask();
  QueueDepth count(const std::string& queue) const;
  // Not finished in that topic.
  [[nodiscard]] std::int64_t unfinished(const std::string& topic) const;
  [[nodiscard]] std::int64_t held(const std::string& topic) const;

  const Session& session_;
  rd_kafka_t* consumer_ = nullptr;
  rd_kafka_t* producer_ = nullptr;
  int wake_fd_ = -1;
  std::thread thread_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> done_ = false;
  bool wanted_ = false;
  std::vector<QueueDepth> depths_;  // the thread's until done_
};

}  // namespace narwhal::kafka
