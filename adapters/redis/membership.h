// Membership: this consumer among those who share the server. Says that it lives, learns who else
// does, and brings home the jobs of those who do not, a bounded piece at a time. Lives as long as
// the Broker.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "connection.h"
#include "format.h"
#include "identity.h"
#include "keys.h"
#include "script_set.h"

namespace narwhal::redis {

class Membership {
 public:
  Membership(const Keys& keys, const Format& format, ScriptSet& scripts,
             const std::vector<std::string>& queues, std::string name, Duration lease,
             const Clock& clock);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& random_digits() const { return self_.random; }
  [[nodiscard]] const std::string& consumer_key() const { return consumer_key_; }
  [[nodiscard]] const std::string& inflight_key() const { return inflight_key_; }
  [[nodiscard]] const std::string& waits_key() const { return waits_key_; }

  struct Beat {
    bool was_known = false;  // false: registered just now, or given up for dead by others
    std::int64_t in_flight = 0;
  };
  using OnBeat = std::function<Result<void>(const Beat&)>;
  void beat(Connection& connection, OnBeat done);

  // Goes on with the orphans found, if any.
  void send(Connection& connection);
  // The session ended.
  void stop();
  // Jobs brought home since the last call.
  std::int64_t take_recovered() { return std::exchange(recovered_, 0); }

 private:
  struct Dead {
    std::string id;
    bool proven = false;
  };

  Result<void> beaten(const redisReply& reply, const OnBeat& done);
  void look_at(std::string id, bool alive);
  Result<void> orphans_read(const redisReply& reply);
  void adopt(Connection& connection);
  Result<void> adopted(const redisReply& reply);

  const Keys& keys_;
  const Format& format_;
  ScriptSet& scripts_;
  const Clock& clock_;
  const Identity self_;
  const std::string id_;
  const std::string consumer_key_;
  const std::string inflight_key_;
  const std::string waits_key_;
  std::vector<std::string> arrived_keys_;
  const std::int64_t lease_ms_;

  std::deque<Dead> dead_;
  bool asked_ = false;  // something about dead_.front() is under way
  struct Orphan {
    std::string field;
    Ops ops;
  };
  std::vector<Orphan> orphans_;  // of dead_.front(), ready to be moved
  std::int64_t recovered_ = 0;
};

}  // namespace narwhal::redis
