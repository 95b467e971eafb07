// KafkaDeadLetters: the dead letters of each queue are messages of a topic beside it, each with a
// key of its own; one that was retried or removed has an empty message of its key behind it. So
// which there are is known at the topic's end, and those that are wanted are read after that.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "client.h"
#include "envelope.h"
#include "narwhal/broker.h"
#include "topic_reader.h"

namespace narwhal::kafka {

class KafkaDeadLetters final : public DeadLetters {
 public:
  static Result<std::unique_ptr<DeadLetters>> open(const BrokerConfig& config);

  Result<std::vector<DeadLetter>> list(std::string_view queue, std::size_t limit) override;
  Result<DeadLetter> find(std::string_view id) override;
  Result<std::size_t> retry(const std::vector<std::string>& ids) override;
  Result<std::size_t> retry_all(std::string_view queue) override;
  Result<std::size_t> remove(const std::vector<std::string>& ids) override;
  Result<std::size_t> remove_all(std::string_view queue) override;

 private:
  // Where a letter stands.
  struct Entry {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp = 0;
    std::string key;
    std::string id;
  };
  using Entries = std::vector<Entry>;
  using Visit = std::function<void(const Entry&, Envelope, std::string payload)>;
  // Says of an id whether it is meant.
  using Meant = std::function<bool(const std::string&)>;
  enum class Fate : std::uint8_t { retry, remove };

  KafkaDeadLetters(Location location, const BrokerConfig& config);

  [[nodiscard]] std::vector<std::string> queues_of(std::string_view queue) const;
  Result<void> open_reader();
  // The queue's letters, oldest first.
  Result<Entries> entries(const std::string& queue);
  // Reads those, in their order within each partition.
  Result<void> visit(const std::string& queue, const Entries& wanted, const Visit& visit);
  Result<std::size_t> act(std::string_view queue, const Meant& meant, Fate fate);
  Result<void> put_back(const std::string& queue, const Entries& letters);
  Result<void> cross_out(const std::string& queue, const Entries& letters);
  void send(Parcel parcel);
  Result<void> wait_for_all();  // until what was sent is stored
  [[nodiscard]] Parcel job_again(const std::string& queue, Envelope envelope,
                                 std::string payload) const;

  Client client_;
  std::unique_ptr<TopicReader> reader_;
  std::vector<std::string> queues_;
  SystemClock clock_;
  std::size_t unanswered_ = 0;
  Result<void> failed_;  // the first failure of what was published
};

}  // namespace narwhal::kafka
