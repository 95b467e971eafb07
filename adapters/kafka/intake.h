// Intake: one queue as it is consumed here: its topic's partitions, and those of the topic with
// jobs that come before these (retries that are due, jobs of a dead master). Says what of them may
// be handed out, and carries out what becomes of a job. The master's one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "assignment.h"
#include "envelope.h"
#include "partition.h"
#include "publisher.h"
#include "session.h"

namespace narwhal::kafka {

class Intake {
 public:
  Intake(Session& session, Assignment& assignment, Publisher& publisher, std::string queue);

  [[nodiscard]] const std::string& queue() const { return queue_; }
  // `first`: its jobs come before those of the topic itself.
  void add(Partition& partition, bool first);
  void remove(const Partition& partition);

  // --- Fetching
  // Sees to it that about `most` jobs of each partition wait here.
  void fetch(std::size_t most);
  [[nodiscard]] bool has(const Partition& partition) const;
  // A message that came, or what else the library has to say of one of its partitions.
  void on_message(Partition& partition, const rd_kafka_message_t& message);

  // --- Handing out
  [[nodiscard]] bool has_ready() const;
  // Precondition: has_ready().
  std::pair<Partition*, Partition::Waiting> take();
  // Those that can be handed out after a commit.
  [[nodiscard]] std::size_t coming() const;
  // Nothing can be handed out, and the server has shown that it has nothing more for now.
  [[nodiscard]] bool has_nothing() const;
  // When that may be taken for granted, if it is not shown.
  [[nodiscard]] TimePoint settled_at() const;
  [[nodiscard]] std::size_t claimed() const;
  // Claims so many more, as far as there are; returns how many.
  std::size_t claim(std::size_t count);
  void unclaim();

  // --- What becomes of them
  // Precondition: `partition` has it in hand.
  void settle(Partition& partition, Reservation reservation, Delivery job, Verdict verdict);

  // --- Numbers
  [[nodiscard]] std::size_t in_hand() const;
  // Waiting here, and with a time that has not come.
  [[nodiscard]] std::size_t not_due() const;
  [[nodiscard]] Duration oldest_age(WallTime now) const;
  [[nodiscard]] WallTime next_due() const;

 private:
  void fetch(Partition& partition, std::size_t most);
  void on_trouble(Partition& partition, const rd_kafka_message_t& message);
  void ripen(Partition& partition) const;
  [[nodiscard]] bool may_claim(const Partition& partition, const Partition::Waiting& waiting) const;
  bool claim_one(Partition& partition);
  enum class Original : std::uint8_t { job, orphan };
  void store(Partition& partition, Reservation reservation, std::int64_t offset, Parcel parcel,
             Original original = Original::job);
  void set_aside(Partition& partition, std::int64_t offset, Envelope envelope, std::string payload);
  void renew_orphan(Partition& partition, std::int64_t offset, Envelope envelope,
                    std::string payload);
  [[nodiscard]] Parcel to_retry(const std::string& queue, const Envelope& envelope,
                                std::string payload) const;
  [[nodiscard]] Parcel to_dead(Envelope envelope, std::string payload) const;

  Session& session_;
  Assignment& assignment_;
  Publisher& publisher_;
  const std::string queue_;
  std::vector<Partition*> first_;
  std::vector<Partition*> rest_;
  std::size_t turn_ = 0;      // whose turn it is among the partitions
  std::size_t renewing_ = 0;  // orphans that are being stored anew
};

}  // namespace narwhal::kafka
