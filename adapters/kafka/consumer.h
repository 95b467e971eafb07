// Consumer: librdkafka's consumer as the loop sees it: one handle for all topics, subscribed as a
// member of the group, its events by queues that wake the loop. It is kept over lost connections,
// for it finds its way back by itself, and what is in hand stays valid meanwhile.
#pragma once

#include <memory>

#include "handles.h"
#include "join_watch.h"
#include "session.h"
#include "waker.h"

namespace narwhal::kafka {

class Consumer {
 public:
  explicit Consumer(Session& session) : session_(session) {}
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  Result<void> open(const Waker& waker);
  [[nodiscard]] bool is_open() const { return handle_ != nullptr; }
  [[nodiscard]] rd_kafka_t* handle() const { return handle_.get(); }
  [[nodiscard]] rd_kafka_queue_t* answers() const { return answers_.get(); }
  Result<void> subscribe();

  // Calls `apply(event)` for each that is there. Answers come first: one to an assign can make
  // messages come among the others, which have to be taken in before those of any partition.
  template <typename Apply>
  void for_each_event(Apply apply) {
    while (const Event event{rd_kafka_queue_poll(answers_.get(), 0)}) apply(event.get());
    while (const Event event{rd_kafka_queue_poll(events_.get(), 0)}) apply(event.get());
  }
  // A rebalance is under way: nothing is to be committed.
  [[nodiscard]] bool is_joining() const { return watch_->joining(session_.now, session_.lease); }
  // Starts to leave the group; its last events tell what to give up.
  void begin_close();
  [[nodiscard]] bool closed() const { return rd_kafka_consumer_closed(handle_.get()) != 0; }

 private:
  Session& session_;
  std::unique_ptr<JoinWatch> watch_ = std::make_unique<JoinWatch>();
  Handle handle_;
  Queue events_;   // rebalances, errors
  Queue answers_;  // to what was asked
};

}  // namespace narwhal::kafka
