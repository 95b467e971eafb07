#include "pulse.h"

#include <array>

#include "conf.h"

namespace narwhal::kafka {
namespace {

constexpr Duration kShortest = std::chrono::seconds{1};
constexpr Duration kLongest = std::chrono::seconds{3};

}  // namespace

void Pulse::use(rd_kafka_t* handle, rd_kafka_queue_t* queue) {
  handle_ = handle;
  answers_ = queue;
}

void Pulse::begin() {
  ask_at_ = session_.now + period();
  answered_at_ = session_.now;
  found_ = {};
}

void Pulse::suspect() {
  if (!asking_) ask_at_ = std::min(ask_at_, std::max(session_.now, answered_at_ + kShortest));
}

Result<void> Pulse::run() {
  if (!asking_ && session_.now >= ask_at_) ask();
  return std::exchange(found_, Result<void>{});
}

// How a topic is set: any server knows.
void Pulse::ask() {
  asking_ = true;
  ask_at_ = kNever;
  const AdminOptions options(rd_kafka_AdminOptions_new(handle_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::clamp(period() / 2, kShortest, kLongest));
  std::array<char, 256> problem{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(time.count()),
                                            problem.data(), problem.size());
  rd_kafka_ConfigResource_t* topic = rd_kafka_ConfigResource_new(
      RD_KAFKA_RESOURCE_TOPIC, session_.location.topic(session_.queues.front()).c_str());
  rd_kafka_DescribeConfigs(handle_, &topic, 1, options.get(), answers_);
  rd_kafka_ConfigResource_destroy(topic);
}

void Pulse::on_answer(rd_kafka_event_t* event) {
  asking_ = false;
  answered_at_ = session_.now;
  ask_at_ = session_.now + period();
  const auto code = rd_kafka_event_error(event);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR || error_kind(code) != ErrorKind::unavailable) return;
  found_ = Error{ErrorKind::unavailable, "unable to reach Kafka: " + session_.location.servers,
                 rd_kafka_event_error_string(event)};
}

}  // namespace narwhal::kafka
