// JoinWatch: whether this member is joining its group anew, that is, a rebalance is under way. A
// commit sent meanwhile is one of an older generation when the server comes to it, and librdkafka
// 2.0.2 then drops all partitions (confluentinc/librdkafka#4059). Nothing but the requests
// themselves tells it: librdkafka's threads report them here.
#pragma once

#include <atomic>
#include <cstdint>

#include "handles.h"
#include "narwhal/clock.h"

namespace narwhal::kafka {

class JoinWatch {
 public:
  // Outlives the handle that is made of `conf`.
  void attach(rd_kafka_conf_t* conf);
  // From the request to join on until the answer that tells the assignment; not for longer than
  // `most`, should that never come.
  [[nodiscard]] bool joining(TimePoint now, Duration most) const;

 private:
  static rd_kafka_resp_err_t on_new(rd_kafka_t* handle, const rd_kafka_conf_t*, void* self,
                                    char* problem, std::size_t size);
  static rd_kafka_resp_err_t on_sent(rd_kafka_t*, int, const char*, std::int32_t,
                                     std::int16_t request, std::int16_t, std::int32_t, std::size_t,
                                     void* self);
  static rd_kafka_resp_err_t on_answer(rd_kafka_t*, int, const char*, std::int32_t,
                                       std::int16_t request, std::int16_t, std::int32_t,
                                       std::size_t, std::int64_t, rd_kafka_resp_err_t error,
                                       void* self);

  static constexpr std::int64_t kNotJoining = -1;
  std::atomic<std::int64_t> since_{kNotJoining};  // nanoseconds of the monotonic clock
};

}  // namespace narwhal::kafka
