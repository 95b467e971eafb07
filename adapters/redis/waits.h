// Waits: how a job comes to an idle master without being asked for. On each queue one connection is
// blocked in BLMOVE, from the queue to a list of this consumer; so the push that brings a job also
// hands it over, and nobody else has it. A session begins and ends with all of them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dialer.h"
#include "fence.h"

namespace narwhal::redis {

class Waits {
 public:
  struct Arrival {
    std::size_t queue = 0;  // index
    std::string stored;
  };
  struct Way {
    std::string from;
    std::string to;
  };

  // `end`: where jobs are taken from a queue, LEFT or RIGHT. `longest`: of one wait.
  Waits(std::vector<Way> ways, std::string end, Duration longest);

  // `fence`: told of the connections; a wait that the session leaves would take a job.
  Result<void> start(Dialer& dialer, Fence& fence, TimePoint now);
  void stop();

  // False when the server does not let us wait, or there are too many queues.
  [[nodiscard]] bool usable() const { return !waits_.empty() && !refused_; }
  [[nodiscard]] std::size_t blocked() const;
  // Waits on every queue that is not waited on.
  void arm();
  // Asks the server to end them; a job may still come.
  void release(Connection& main);

  std::vector<Arrival> take_arrivals() { return std::exchange(arrivals_, {}); }
  // Why it is of no use, once, for the log.
  std::string take_notice() { return std::exchange(notice_, {}); }

  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;
  Result<void> step(const PollSet& ready, TimePoint now);
  Result<void> flush(TimePoint now);

 private:
  struct Wait {
    std::unique_ptr<Connection> connection;
    std::int64_t client = 0;  // its id, once told
    bool blocked = false;
    bool releasing = false;
  };

  void ask_leave(std::size_t index);
  void refuse(std::string_view command, std::string_view reason);
  void wait(std::size_t index);
  Result<void> ended(std::size_t index, const redisReply& reply);

  const std::vector<Way> ways_;
  const std::string end_;
  const std::int64_t seconds_;
  std::vector<Wait> waits_;
  std::vector<Arrival> arrivals_;
  bool refused_ = false;
  std::string notice_;
};

}  // namespace narwhal::redis
