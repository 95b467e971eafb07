#include "topic_reader.h"

#include "conf.h"

namespace narwhal::kafka {
namespace {

constexpr int kPatienceMillis = 10'000;

}  // namespace

Result<TopicReader> TopicReader::open(const Location& location) {
  // The group is named since librdkafka wants one; nobody joins it.
  auto conf =
      make_conf(location, {{"fetch.wait.max.ms", "10"}, {"queued.max.messages.kbytes", "8192"}},
                {{"group.id", location.group},
                 {"enable.auto.commit", "false"},
                 {"enable.auto.offset.store", "false"},
                 {"auto.offset.reset", "earliest"},
                 {"enable.partition.eof", "true"}});
  if (!conf.ok()) return conf.error();
  rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t*, int, const char*, const char*) {});
  auto handle = make_handle(RD_KAFKA_CONSUMER, std::move(*conf), location);
  if (!handle.ok()) return handle.error();
  rd_kafka_poll_set_consumer(handle->get());
  return TopicReader(std::move(*handle), location.servers);
}

Result<void> TopicReader::read(const std::string& topic, std::int32_t partition, std::int64_t from,
                               const Apply& apply) {
  const auto failed = [&](rd_kafka_resp_err_t code) {
    return Error{error_kind(code), "unable to read topic " + topic + " of " + servers_,
                 rd_kafka_err2str(code)};
  };
  // Of a topic that it knows by name alone, librdkafka 2.0.2 asks for the partitions a second
  // later.
  const Topic opened(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr));
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = from;
  const auto assigned = rd_kafka_assign(handle_.get(), list.get());
  if (assigned != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(assigned);
  while (true) {
    const Message message(rd_kafka_consumer_poll(handle_.get(), kPatienceMillis));
    if (!message) return failed(RD_KAFKA_RESP_ERR__TIMED_OUT);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) break;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(message->err);
    apply(*message);
  }
  rd_kafka_assign(handle_.get(), nullptr);
  return {};
}

}  // namespace narwhal::kafka
