#include "join_watch.h"

namespace narwhal::kafka {
namespace {

// As the protocol numbers requests.
constexpr std::int16_t kJoinGroup = 11;
constexpr std::int16_t kSyncGroup = 14;
constexpr const char* kName = "narwhal";

}  // namespace

void JoinWatch::attach(rd_kafka_conf_t* conf) {
  rd_kafka_conf_interceptor_add_on_new(conf, kName, on_new, this);
}

bool JoinWatch::joining(TimePoint now, Duration most) const {
  const std::int64_t since = since_;
  return since != kNotJoining && now - TimePoint{Duration{since}} < most;
}

rd_kafka_resp_err_t JoinWatch::on_new(rd_kafka_t* handle, const rd_kafka_conf_t*, void* self, char*,
                                      std::size_t) {
  rd_kafka_interceptor_add_on_request_sent(handle, kName, on_sent, self);
  rd_kafka_interceptor_add_on_response_received(handle, kName, on_answer, self);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t JoinWatch::on_sent(rd_kafka_t*, int, const char*, std::int32_t,
                                       std::int16_t request, std::int16_t, std::int32_t,
                                       std::size_t, void* self) {
  if (request == kJoinGroup) {
    static_cast<JoinWatch*>(self)->since_ = SystemClock{}.now().time_since_epoch().count();
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t JoinWatch::on_answer(rd_kafka_t*, int, const char*, std::int32_t,
                                         std::int16_t request, std::int16_t, std::int32_t,
                                         std::size_t, std::int64_t, rd_kafka_resp_err_t error,
                                         void* self) {
  const bool failed = request == kJoinGroup && error != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (request == kSyncGroup || failed) static_cast<JoinWatch*>(self)->since_ = kNotJoining;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace narwhal::kafka
