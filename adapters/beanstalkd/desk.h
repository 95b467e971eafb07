// Desk: the one connection without a job: new jobs are put over it, and the server is asked about
// its limits and its tubes. The session is up once the desk has had its first answer. Owned by
// BeanstalkdBroker.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "link.h"
#include "session.h"

namespace narwhal::beanstalkd {

class Desk {
 public:
  explicit Desk(Session& session);

  Result<bool> open(const net::Address& address, const std::string& name);
  // What was sent and not confirmed is reported as failed; the rest waits for the next session.
  void lose(const std::string& reason);

  [[nodiscard]] bool is_open() const { return link_.is_open(); }
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] int descriptor() const { return link_.descriptor(); }
  void watch(PollSet& set) const { link_.watch(set); }
  [[nodiscard]] TimePoint timer_at() const { return overdue_at_; }
  // Something waits for the next write(), and not for the server.
  [[nodiscard]] bool has_output() const {
    return ready_ && !link_.wants_write() && (!waiting_.empty() || depths_wanted_);
  }

  void publish(PublishToken token, NewJob job);
  void request_depths() { depths_wanted_ = true; }
  [[nodiscard]] std::size_t unconfirmed() const { return waiting_.size() + puts_; }

  // Every Error concerns the whole session.
  Result<void> read();
  Result<void> write();
  Result<void> on_timer();

 private:
  enum class Ask : std::uint8_t { limits, use, put, tube, dead_tube, first_job, first_job_age };
  struct Sent {
    Ask ask;
    PublishToken token = 0;
    std::size_t tube = 0;
  };
  struct Waiting {
    PublishToken token;
    NewJob job;
  };

  std::string& command(const Sent& sent);
  void use(const std::string& tube);
  void put(const Waiting& waiting);
  void ask_depths();
  Result<void> handle(const Reply& reply);
  Result<void> on_limits(const Reply& reply);
  void on_put(const Reply& reply, const Sent& sent);
  Result<void> on_depth(const Reply& reply, const Sent& sent);
  void on_first_job(const Reply& reply, QueueDepth& depth, std::size_t tube);

  Session& session_;
  Link link_;
  bool ready_ = false;
  std::string used_;
  std::deque<Sent> sent_;
  TimePoint overdue_at_ = kNever;
  std::deque<Waiting> waiting_;
  std::size_t puts_ = 0;  // sent, not confirmed
  bool depths_wanted_ = false;
  std::vector<QueueDepth> depths_;  // being collected
  std::size_t depth_answers_ = 0;   // still to come
};

}  // namespace narwhal::beanstalkd
