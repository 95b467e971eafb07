// Comparison: what the server has of ours against what we know of. Made when a session begins and
// whenever a heartbeat finds that the counts differ. First the arrivals are taken over or given
// back, then the in-flight hash is read; what we hold without knowing goes back to its queue.
#pragma once

#include <string>
#include <vector>

#include "arrivals.h"
#include "claims.h"
#include "connection.h"
#include "keys.h"
#include "membership.h"
#include "reports.h"
#include "script_set.h"
#include "supply.h"

namespace narwhal::redis {

class Comparison {
 public:
  // All that is given by reference outlives it. `push_front`: the command that puts a job back
  // where it is taken.
  Comparison(const Keys& keys, std::string push_front, const Membership& membership,
             ScriptSet& scripts, Claims& claims, Arrivals& arrivals, Reports& reports,
             Supply& supply);

  // One is wanted as soon as it can be made.
  void ask() { wanted_ = true; }
  [[nodiscard]] bool wanted() const { return wanted_; }
  [[nodiscard]] bool under_way() const { return under_way_; }
  // At least one has been made since the session began.
  [[nodiscard]] bool made() const { return made_; }

  // Only while nothing waits and no turn is under way: a job that has arrived, and of which we have
  // not read yet, would be taken for one that we have lost.
  void start(Connection& connection);
  // The session ended.
  void stop();

 private:
  void sweep(Connection& connection);
  Result<void> swept(Connection& connection, const redisReply& reply);
  void ask_in_flight(Connection& connection);
  Result<void> compared(Connection& connection, const redisReply& reply);
  void give_back(Connection& connection, const std::vector<std::string>& fields);

  const std::string push_front_;
  const std::string queue_prefix_;
  const Membership& membership_;
  ScriptSet& scripts_;
  Claims& claims_;
  Arrivals& arrivals_;
  Reports& reports_;
  Supply& supply_;

  bool wanted_ = false;
  bool under_way_ = false;
  bool made_ = false;
};

}  // namespace narwhal::redis
