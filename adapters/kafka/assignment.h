// Assignment: the partitions that the group has given to this master, from the answer to an assign
// to the end of a revoke. A partition comes into use when what was committed of it is known; it
// goes when its running jobs are settled, or have had their time, and that is committed. The
// master's one thread; librdkafka waits for the answer to one rebalance before it tells of the
// next.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "partition.h"
#include "session.h"
#include "waker.h"

namespace narwhal::kafka {

class Assignment {
 public:
  struct Listener {
    virtual ~Listener() = default;
    virtual void on_assigned(Partition& partition) = 0;
    // Its jobs in hand are lost; it is destroyed afterwards.
    virtual void on_gone(Partition& partition) = 0;
  };

  Assignment(Session& session, Listener& listener) : session_(session), listener_(listener) {}
  // Answers come to `answers`; on_offsets() is to be given them.
  void use(rd_kafka_t* handle, rd_kafka_queue_t* answers, const Waker& waker);

  void on_rebalance(rd_kafka_event_t* event);
  void on_offsets(rd_kafka_event_t* event);
  // Its messages come to its own queue from now on. Until the consumer's queue was polled to its
  // end after that, older ones may stand there.
  void detach(const Partition& partition) const;
  // Its position was lost: fetching goes on with the first message that there is.
  void restart(const Partition& partition) { restarts_.push_back(partition.epoch); }
  // The group has refused a commit of this master: it is no member any more. While partitions are
  // given up, the library does not notice by itself.
  void thrown_out();
  // Goes on with what waits for time or for jobs.
  void run();
  [[nodiscard]] TimePoint wake_at() const;
  // This master leaves: what is revoked from now on goes as it is.
  void close() { closing_ = true; }
  // Everything goes, without a commit.
  void lose_all(const std::string& why);

  [[nodiscard]] Partition* find(Partition::Epoch epoch) const;
  [[nodiscard]] Partition* find(std::string_view topic, std::int32_t number) const;
  template <typename Apply>
  void for_each(Apply apply) const {
    for (const auto& [epoch, partition] : partitions_) apply(*partition);
  }
  // The group has given this master its share, if only of nothing.
  [[nodiscard]] bool settled_in() const { return settled_in_; }

 private:
  enum class Phase : std::uint8_t { steady, asking, revoking };
  void ask();
  void assign(const rd_kafka_topic_partition_list_t& committed);
  void restart_some();
  void begin_revoke();
  [[nodiscard]] bool may_go(const Partition& partition) const;
  void finish_revoke(const std::string& why);
  void go(Partition& partition, const std::string& why);
  std::vector<Partition*> going() const;
  void report(rd_kafka_error_t* error, const char* what);

  Session& session_;
  Listener& listener_;
  rd_kafka_t* handle_ = nullptr;
  rd_kafka_queue_t* answers_ = nullptr;
  const Waker* waker_ = nullptr;

  Phase phase_ = Phase::steady;
  Partitions list_;  // that the rebalance is about
  bool asked_ = false;
  TimePoint deadline_ =
      kNever;  // asking: of the answer, or when to ask again; revoking: of the jobs
  TimePoint commit_deadline_ = kNever;
  bool settled_in_ = false;
  bool closing_ = false;
  Partition::Epoch epochs_ = 0;
  std::vector<Partition::Epoch> restarts_;
  std::map<Partition::Epoch, std::unique_ptr<Partition>> partitions_;
};

}  // namespace narwhal::kafka
