// Waker: the descriptor by which librdkafka's threads wake the loop. Its queues write here when the
// first element comes into an empty one, so whoever was woken polls each to its end.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "handles.h"
#include "narwhal/poll_set.h"
#include "narwhal/posix_error.h"
#include "narwhal/unique_fd.h"

namespace narwhal::kafka {

class Waker {
 public:
  Result<void> open() {
    // Non-blocking for the sake of the threads that write: they must never wait for the loop.
    fd_ = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (fd_.get() < 0) return posix_error("unable to create an eventfd", errno);
    return check_selectable(fd_.get(), "Kafka's wake-ups");
  }
  void attach(rd_kafka_queue_t* queue) const {
    static constexpr std::uint64_t kOne = 1;
    rd_kafka_queue_io_event_enable(queue, fd_.get(), &kOne, sizeof kOne);
  }
  static void detach(rd_kafka_queue_t* queue) {
    rd_kafka_queue_io_event_enable(queue, -1, nullptr, 0);
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void watch(PollSet& set) const { set.watch_read(fd_.get()); }
  // Before the queues are polled: what comes meanwhile wakes once more.
  void clear() const {
    std::uint64_t count = 0;
    (void)!::read(fd_.get(), &count, sizeof count);
  }

 private:
  UniqueFd fd_;
};

}  // namespace narwhal::kafka
