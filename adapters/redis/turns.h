// Turns: settles and fetches, in one script a turn. At most one is under way, so what is decided
// meanwhile leaves together.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "arrivals.h"
#include "claims.h"
#include "connection.h"
#include "intake.h"
#include "queue_order.h"
#include "reports.h"
#include "script_set.h"
#include "turn_reply.h"

namespace narwhal::redis {

class Turns {
 public:
  // The parties to a turn; all outlive it.
  struct Parties {
    ScriptSet& scripts;
    Claims& claims;
    Arrivals& arrivals;
    QueueOrder& order;
    Intake& intake;
    Reports& reports;
  };
  // Keys whose change may mean a job, as the script reads them (see turn_script()).
  struct Watched {
    std::vector<std::string> lists;  // the queues
    std::vector<std::string> others;
  };
  // Told of the answer to a turn that fetched.
  using Fetched = std::function<void(const TurnReply&)>;

  Turns(Parties parties, Watched watched, std::string inflight_key, std::size_t max_payload,
        Fetched fetched);

  [[nodiscard]] bool under_way() const { return under_way_; }
  // How many jobs the one under way may still bring.
  [[nodiscard]] std::int64_t wanted() const { return under_way_ ? want_ : 0; }
  [[nodiscard]] bool any_to_settle() const;

  struct Fetch {
    int want = 0;             // 0: settle only
    bool look = false;        // for due jobs before all else
    bool watch_lists = true;  // to be told of pushes to the queues
  };
  void send(Connection& connection, const Fetch& fetch);
  // The session ended.
  void stop() { under_way_ = false; }

 private:
  Result<void> answered(const redisReply& reply);
  void apply_settled(const TurnReply& turn);
  void apply_refused(const TurnReply::Refused& refused, std::vector<Settlement>& settled);
  void apply_fetched(const TurnReply& turn);

  Parties with_;
  const Watched watched_;
  const std::string inflight_key_;
  const std::size_t max_payload_;
  const Fetched fetched_;

  bool under_way_ = false;
  std::int64_t want_ = 0;
  std::string problem_;  // of a queue, as told: once is enough
};

}  // namespace narwhal::redis
