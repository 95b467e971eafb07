// DelayMover: brings the delayed jobs of one queue on when their time in a level has passed: to a
// lower level, or among those that are due (delay_levels.h). It looks at the first of each level's
// partition and leaves the others where they are. A job is moved by a copy that is stored before
// the original is finished. The master's one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "assignment.h"
#include "envelope.h"
#include "partition.h"
#include "publisher.h"
#include "session.h"

namespace narwhal::kafka {

class DelayMover {
 public:
  DelayMover(Session& session, Assignment& assignment, Publisher& publisher, std::string queue);

  void add(Partition& partition, std::size_t level);
  void remove(const Partition& partition);
  // Moves what has to be moved now.
  void run();
  // A message that came, if the partition is one of these.
  void on_message(const Partition& partition, const rd_kafka_message_t& message);
  [[nodiscard]] WallTime next() const;

 private:
  struct Waiting {
    std::int64_t offset = 0;
    Envelope envelope;
    std::string payload;
    WallTime move_at{};
  };
  struct Level {
    Partition* partition;
    std::chrono::seconds span;
    std::deque<Waiting> first;  // more than one only if they came by the consumer's own queue
  };
  void run(Level& level);
  void on_message(Level& level, const rd_kafka_message_t& message);
  void move(Level& level);

  Session& session_;
  Assignment& assignment_;
  Publisher& publisher_;
  const std::string queue_;
  std::vector<Level> levels_;
};

}  // namespace narwhal::kafka
