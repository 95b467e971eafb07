// KafkaTopics: the topics of one test on a server that others use too: their names and the names of
// their groups begin with a prefix of this test's own. Also a program that knows nothing of
// Narwhal, and an eye on what stands in the topics. Every call throws when the server refuses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kafka/handles.h"
#include "kafka_server.h"

namespace narwhal::test {

class KafkaTopics {
 public:
  // On the server that tests share.
  KafkaTopics() : KafkaTopics(shared_kafka_port()) {}
  // `port`: of a server of the test's own.
  explicit KafkaTopics(int port);
  // Deletes the topics.
  ~KafkaTopics();
  KafkaTopics(const KafkaTopics&) = delete;
  KafkaTopics& operator=(const KafkaTopics&) = delete;

  [[nodiscard]] int server_port() const { return port_; }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  [[nodiscard]] std::string group() const { return prefix_ + "group"; }
  // `port`: of a proxy, where it is not the server's own.
  [[nodiscard]] std::string url(int port) const;
  [[nodiscard]] std::string url() const { return url(port_); }
  [[nodiscard]] std::string topic(const std::string& queue) const { return prefix_ + queue; }

  // In what follows, `queue` is a topic's name without the prefix: "mail", "mail.dead".
  using Settings = std::map<std::string, std::string>;
  void create(const std::string& queue, int partitions = 1, const Settings& settings = {});
  void grow(const std::string& queue, int partitions);
  void remove(const std::string& queue);
  // What stands before that offset is gone, as by retention.
  void forget_before(const std::string& queue, int partition, std::int64_t offset);

  struct Message {
    std::optional<std::string> payload;  // none: a tombstone
    std::optional<std::string> key;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
    int partition = 0;
    std::int64_t offset = 0;     // of what was read
    std::int64_t timestamp = 0;  // the same
  };
  // As any program would. The topic is created, with one partition, if there is none.
  void put(const std::string& queue, const Message& message);
  void put_payload(const std::string& queue, const std::string& payload) {
    put(queue, {.payload = payload});
  }
  // Everything from the topic's first message to its last, partition by partition. Empty when there
  // is no such topic.
  std::vector<Message> read(const std::string& queue);

  struct Committed {
    std::int64_t offset = -1;  // -1: nothing
    std::string metadata;
  };
  Committed committed(const std::string& queue, int partition = 0);
  // Of every partition of this test's topics.
  struct Standing {
    std::string queue;
    int partition = 0;
    std::int64_t end = 0;  // as of end()
    Committed committed;
  };
  std::vector<Standing> standings();
  // Of the topic: the offset that the next message will have.
  std::int64_t end(const std::string& queue, int partition = 0);
  // 0: there is no such topic.
  int partitions(const std::string& queue);
  // As the server names itself: "127.0.0.1:9092".
  [[nodiscard]] std::string server_named() const;
  // Without the prefix.
  std::vector<std::string> queues();

 private:
  [[nodiscard]] kafka::Handle open(rd_kafka_type_t type, const Settings& settings) const;
  void wait_for(const std::string& queue, int partitions);
  void remove(const std::vector<std::string>& topics);
  rd_kafka_t* member();
  std::optional<std::vector<Standing>> look_at_standings();
  kafka::Event answer(const kafka::Queue& queue) const;

  const int port_;
  const std::string prefix_;
  const kafka::Handle handle_;  // a producer
  kafka::Handle member_;        // of the group, that never joins it; opened when it is asked
};

}  // namespace narwhal::test
