#include "kafka_topics.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace narwhal::test {
namespace {

using kafka::Conf;
using kafka::Event;
using kafka::Handle;
using kafka::Partitions;
using kafka::Queue;

constexpr int kPatience = 30'000;  // milliseconds

std::string unused_prefix() {
  static std::atomic<int> count{0};
  return "t" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".";
}

void check(rd_kafka_resp_err_t code, const std::string& what) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(what + ": " + rd_kafka_err2str(code));
  }
}

using kafka::Metadata;

Metadata metadata_of(rd_kafka_t* handle) {
  const struct rd_kafka_metadata* metadata = nullptr;
  check(rd_kafka_metadata(handle, /*all_topics=*/1, nullptr, &metadata, kPatience), "metadata");
  return Metadata(metadata);
}

KafkaTopics::Message to_message(const rd_kafka_message_t& raw) {
  KafkaTopics::Message message;
  const auto bytes = [](const void* data, std::size_t size) {
    std::optional<std::string> text;
    if (data != nullptr) text.emplace(static_cast<const char*>(data), size);
    return text;
  };
  message.payload = bytes(raw.payload, raw.len);
  message.key = bytes(raw.key, raw.key_len);
  message.partition = raw.partition;
  message.offset = raw.offset;
  message.timestamp = rd_kafka_message_timestamp(&raw, nullptr);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&raw, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return message;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i) {
    message.headers.emplace_back(name, bytes(value, size));
  }
  return message;
}

KafkaTopics::Committed to_committed(const rd_kafka_topic_partition_t& found) {
  KafkaTopics::Committed committed;
  if (found.offset >= 0) committed.offset = found.offset;
  if (found.metadata != nullptr) {
    committed.metadata.assign(static_cast<const char*>(found.metadata), found.metadata_size);
  }
  return committed;
}

}  // namespace

KafkaTopics::KafkaTopics(int port)
    : port_(port), prefix_(unused_prefix()), handle_(open(RD_KAFKA_PRODUCER, {})) {}

KafkaTopics::~KafkaTopics() {
  try {
    std::vector<std::string> topics;
    for (const std::string& queue : queues()) topics.push_back(topic(queue));
    remove(topics);
  } catch (const std::runtime_error&) {
    // The server is gone, and the topics with it.
  }
}

Handle KafkaTopics::open(rd_kafka_type_t type, const Settings& settings) const {
  Conf conf(rd_kafka_conf_new());
  std::array<char, 512> problem{};
  Settings all = {{"bootstrap.servers", "127.0.0.1:" + std::to_string(port_)},
                  {"log_level", "0"},
                  {"message.max.bytes", "80000000"}};
  if (type == RD_KAFKA_PRODUCER) {
    all.insert({{"linger.ms", "0"}, {"message.timeout.ms", std::to_string(kPatience)}});
  }
  all.insert(settings.begin(), settings.end());
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), problem.data(),
                          problem.size()) != RD_KAFKA_CONF_OK) {
      throw std::runtime_error(problem.data());
    }
  }
  Handle handle(rd_kafka_new(type, conf.get(), problem.data(), problem.size()));
  if (!handle) throw std::runtime_error(problem.data());
  (void)conf.release();
  return handle;
}

std::string KafkaTopics::url(int port) const {
  return "kafka://127.0.0.1:" + std::to_string(port) + "/?group=" + group() + "&prefix=" + prefix_;
}

// --- Topics

Event KafkaTopics::answer(const Queue& queue) const {
  Event event(rd_kafka_queue_poll(queue.get(), kPatience));
  if (!event) throw std::runtime_error("Kafka does not answer");
  check(rd_kafka_event_error(event.get()), "Kafka refuses");
  return event;
}

void KafkaTopics::create(const std::string& queue, int partitions, const Settings& settings) {
  const kafka::NewTopic topic(
      rd_kafka_NewTopic_new(this->topic(queue).c_str(), partitions, 1, nullptr, 0));
  for (const auto& [name, value] : settings) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  const Queue answers(rd_kafka_queue_new(handle_.get()));
  rd_kafka_NewTopic_t* raw = topic.get();
  rd_kafka_CreateTopics(handle_.get(), &raw, 1, nullptr, answers.get());
  const Event event = answer(answers);
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  const auto code = rd_kafka_topic_result_error(results[0]);
  // A daemon may have been faster.
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS && partitions == 1) return;
  check(code, "unable to create topic " + queue);
  wait_for(queue, partitions);
}

// The controller answers before the broker knows.
void KafkaTopics::wait_for(const std::string& queue, int partitions) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{kPatience};
  while (this->partitions(queue) != partitions) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("no topic " + queue);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

void KafkaTopics::grow(const std::string& queue, int partitions) {
  const kafka::Owner<rd_kafka_NewPartitions_t, rd_kafka_NewPartitions_destroy> more(
      rd_kafka_NewPartitions_new(topic(queue).c_str(), static_cast<std::size_t>(partitions),
                                 nullptr, 0));
  const Queue answers(rd_kafka_queue_new(handle_.get()));
  rd_kafka_NewPartitions_t* raw = more.get();
  rd_kafka_CreatePartitions(handle_.get(), &raw, 1, nullptr, answers.get());
  const Event event = answer(answers);
  std::size_t count = 0;
  const auto* results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event.get()), &count);
  check(rd_kafka_topic_result_error(results[0]), "unable to add partitions to " + queue);
  wait_for(queue, partitions);
}

void KafkaTopics::remove(const std::string& queue) {
  remove(std::vector<std::string>{topic(queue)});
}

void KafkaTopics::remove(const std::vector<std::string>& topics) {
  if (topics.empty()) return;
  std::vector<rd_kafka_DeleteTopic_t*> list;
  for (const std::string& each : topics) list.push_back(rd_kafka_DeleteTopic_new(each.c_str()));
  const Queue answers(rd_kafka_queue_new(handle_.get()));
  rd_kafka_DeleteTopics(handle_.get(), list.data(), list.size(), nullptr, answers.get());
  rd_kafka_DeleteTopic_destroy_array(list.data(), list.size());
  answer(answers);
}

void KafkaTopics::forget_before(const std::string& queue, int partition, std::int64_t offset) {
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic(queue).c_str(), partition)->offset = offset;
  rd_kafka_DeleteRecords_t* records = rd_kafka_DeleteRecords_new(list.get());
  const Queue answers(rd_kafka_queue_new(handle_.get()));
  rd_kafka_DeleteRecords(handle_.get(), &records, 1, nullptr, answers.get());
  rd_kafka_DeleteRecords_destroy(records);
  answer(answers);
}

int KafkaTopics::partitions(const std::string& queue) {
  const Metadata metadata = metadata_of(handle_.get());
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (topic(queue) == metadata->topics[i].topic) return metadata->topics[i].partition_cnt;
  }
  return 0;
}

std::string KafkaTopics::server_named() const {
  const Metadata metadata = metadata_of(handle_.get());
  return std::string(metadata->brokers[0].host) + ":" + std::to_string(metadata->brokers[0].port);
}

std::vector<std::string> KafkaTopics::queues() {
  const Metadata metadata = metadata_of(handle_.get());
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const std::string name = metadata->topics[i].topic;
    if (name.starts_with(prefix_)) names.push_back(name.substr(prefix_.size()));
  }
  return names;
}

// --- Messages

void KafkaTopics::put(const std::string& queue, const Message& message) {
  if (partitions(queue) == 0) create(queue);
  rd_kafka_headers_t* headers = rd_kafka_headers_new(message.headers.size());
  for (const auto& [name, value] : message.headers) {
    rd_kafka_header_add(headers, name.c_str(), -1, value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  }
  const auto data = [](const std::optional<std::string>& text) {
    return text ? const_cast<char*>(text->data()) : nullptr;
  };
  const auto size = [](const std::optional<std::string>& text) { return text ? text->size() : 0; };
  check(rd_kafka_producev(handle_.get(), RD_KAFKA_V_TOPIC(topic(queue).c_str()),
                          RD_KAFKA_V_PARTITION(message.partition),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_VALUE(data(message.payload), size(message.payload)),
                          RD_KAFKA_V_KEY(data(message.key), size(message.key)),
                          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END),
        "unable to produce to " + queue);
  check(rd_kafka_flush(handle_.get(), kPatience), "unable to produce to " + queue);
}

std::int64_t KafkaTopics::end(const std::string& queue, int partition) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  check(rd_kafka_query_watermark_offsets(handle_.get(), topic(queue).c_str(), partition, &low,
                                         &high, kPatience),
        "unable to ask for the end of " + queue);
  return high;
}

std::vector<KafkaTopics::Message> KafkaTopics::read(const std::string& queue) {
  std::vector<Message> messages;
  const int count = partitions(queue);
  if (count == 0) return messages;
  const Handle consumer = open(RD_KAFKA_CONSUMER, {{"group.id", group() + ".look"},
                                                   {"enable.partition.eof", "true"},
                                                   {"fetch.wait.max.ms", "10"},
                                                   {"enable.auto.commit", "false"}});
  rd_kafka_poll_set_consumer(consumer.get());
  for (int partition = 0; partition < count; ++partition) {
    const Partitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic(queue).c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    check(rd_kafka_assign(consumer.get(), list.get()), "unable to read " + queue);
    while (true) {
      const kafka::Message message(rd_kafka_consumer_poll(consumer.get(), kPatience));
      if (!message) throw std::runtime_error("unable to read " + queue);
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) break;
      check(message->err, "unable to read " + queue);
      messages.push_back(to_message(*message));
    }
  }
  return messages;
}

// --- Offsets

rd_kafka_t* KafkaTopics::member() {
  if (!member_) member_ = open(RD_KAFKA_CONSUMER, {{"group.id", group()}});
  return member_.get();
}

KafkaTopics::Committed KafkaTopics::committed(const std::string& queue, int partition) {
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic(queue).c_str(), partition);
  check(rd_kafka_committed(member(), list.get(), kPatience), "unable to ask for offsets");
  return to_committed(list->elems[0]);
}

std::vector<KafkaTopics::Standing> KafkaTopics::standings() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{kPatience};
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto found = look_at_standings()) return std::move(*found);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  throw std::runtime_error("unable to ask for the ends of topics");
}

std::optional<std::vector<KafkaTopics::Standing>> KafkaTopics::look_at_standings() {
  const Partitions committed(rd_kafka_topic_partition_list_new(16));
  const Partitions ends(rd_kafka_topic_partition_list_new(16));
  const Metadata metadata = metadata_of(handle_.get());
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& each = metadata->topics[i];
    if (!std::string_view(each.topic).starts_with(prefix_)) continue;
    for (int partition = 0; partition < each.partition_cnt; ++partition) {
      rd_kafka_topic_partition_list_add(committed.get(), each.topic, partition);
      rd_kafka_topic_partition_list_add(ends.get(), each.topic, partition)->offset =
          RD_KAFKA_OFFSET_END;
    }
  }
  std::vector<Standing> standings;
  if (committed->cnt == 0) return standings;
  // A message that goes from one topic to another is in both meanwhile, not in none.
  check(rd_kafka_committed(member(), committed.get(), kPatience), "unable to ask for offsets");
  if (rd_kafka_offsets_for_times(member(), ends.get(), kPatience) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  for (int i = 0; i < ends->cnt; ++i) {
    const auto& end = ends->elems[i];
    // It was created a moment ago.
    if (end.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    standings.push_back({std::string(end.topic).substr(prefix_.size()), end.partition, end.offset,
                         to_committed(committed->elems[i])});
  }
  return standings;
}

}  // namespace narwhal::test
