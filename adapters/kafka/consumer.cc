#include "consumer.h"

#include <algorithm>

#include "conf.h"
#include "delay_levels.h"
#include "names.h"
#include "topics.h"

namespace narwhal::kafka {
namespace {

// What a response takes besides one message.
constexpr std::size_t kResponseRoom = std::size_t{4} << 20U;
constexpr Duration kHeartbeat = std::chrono::seconds{1};
constexpr std::size_t kLargestResponse = 2'000'000'000;

std::string millis(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

Properties defaults() {
  return {{"queued.max.messages.kbytes", "4096"},
          {"fetch.error.backoff.ms", "100"},
          {"topic.metadata.refresh.interval.ms", "10000"},
          {"socket.nagle.disable", "true"},
          {"socket.keepalive.enable", "true"},
          {"socket.timeout.ms", "20000"},
          {"reconnect.backoff.ms", "100"},
          {"reconnect.backoff.max.ms", "5000"},
          {"log.connection.close", "false"}};
}

}  // namespace

Result<void> Consumer::open(const Waker& waker) {
  const std::size_t largest = std::min(session_.max_payload, kLargestPayload) + kResponseRoom;
  Properties fixed = {
      // Members with equal ones can keep the assignor busy for ever (librdkafka #4783).
      {"client.id", session_.location.client_id + "-" + session_.me},
      {"group.id", session_.location.group},
      {"partition.assignment.strategy", "cooperative-sticky"},
      {"session.timeout.ms", millis(session_.lease)},
      // By these a member learns of a rebalance, for which the others wait.
      {"heartbeat.interval.ms", millis(std::min(session_.lease / 3, kHeartbeat))},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      // No message is passed over without a word.
      {"auto.offset.reset", "error"},
      {"enable.partition.eof", "true"},
      {"receive.message.max.bytes",
       std::to_string(std::clamp(largest, std::size_t{100'000'000}, kLargestResponse))}};
  if (!session_.location.properties.contains("max.poll.interval.ms")) {
    fixed["max.poll.interval.ms"] = millis(session_.lease);
  }
  auto conf = make_conf(session_.location, defaults(), fixed);
  if (!conf.ok()) return conf.error();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT |
                                            RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_FETCH);
  // What matters comes as an event, too.
  rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t*, int, const char*, const char*) {});
  watch_->attach(conf->get());
  auto handle = make_handle(RD_KAFKA_CONSUMER, std::move(*conf), session_.location);
  if (!handle.ok()) return handle.error();
  handle_ = std::move(*handle);
  rd_kafka_poll_set_consumer(handle_.get());
  events_.reset(rd_kafka_queue_get_consumer(handle_.get()));
  answers_.reset(rd_kafka_queue_new(handle_.get()));
  waker.attach(events_.get());
  waker.attach(answers_.get());
  return {};
}

Result<void> Consumer::subscribe() {
  const Partitions topics(rd_kafka_topic_partition_list_new(16));
  const auto add = [&](const std::string& topic) {
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  };
  for (const std::string& queue : session_.queues) {
    const std::string topic = session_.location.topic(queue);
    add(topic);
    for (const std::chrono::seconds span : kDelayLevels) add(retry_topic(topic, span));
  }
  const auto code = rd_kafka_subscribe(handle_.get(), topics.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return Error{error_kind(code), "unable to subscribe to topics", rd_kafka_err2str(code)};
}

void Consumer::begin_close() {
  const KafkaError error(rd_kafka_consumer_close_queue(handle_.get(), events_.get()));
}

// The library's handle is let go, not destroyed: closing is over or was given up, and
// rd_kafka_destroy() of 2.0.2 can hang then (librdkafka #4527), or abort the process, by an
// assertion of its assignor, when the group was rebalanced meanwhile. The process ends with its
// broker; until then the handle's threads wait, and use nothing of ours but what is let go with it.
Consumer::~Consumer() {
  if (!handle_) return;
  Waker::detach(events_.get());
  Waker::detach(answers_.get());
  answers_.reset();
  events_.reset();
  (void)handle_.release();
  (void)watch_.release();
}

}  // namespace narwhal::kafka
