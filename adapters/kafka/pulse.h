// Pulse: finds out that the servers are gone or silent. librdkafka goes on looking for them without
// a word, so they are asked something small: three times in a lease, and at once when something
// went wrong that may be their end. The master's one thread.
#pragma once

#include <algorithm>

#include "handles.h"
#include "session.h"

namespace narwhal::kafka {

class Pulse {
 public:
  explicit Pulse(Session& session) : session_(session) {}
  // Answers come to `queue`, without an opaque; on_answer() is to be given them.
  void use(rd_kafka_t* handle, rd_kafka_queue_t* queue);

  // A session begins: they have just answered.
  void begin();
  void suspect();
  // Asks when it is time. An Error: they do not answer.
  Result<void> run();
  void on_answer(rd_kafka_event_t* event);
  [[nodiscard]] TimePoint wake_at() const { return ask_at_; }

 private:
  void ask();
  [[nodiscard]] Duration period() const { return session_.lease / 3; }

  Session& session_;
  rd_kafka_t* handle_ = nullptr;
  rd_kafka_queue_t* answers_ = nullptr;
  bool asking_ = false;
  TimePoint ask_at_ = kNever;
  TimePoint answered_at_{};
  Result<void> found_;
};

}  // namespace narwhal::kafka
