// Partition: one assigned partition of a topic that jobs are taken from: its ledger, the messages
// that were fetched and wait here, those in hand, and what is to be committed of them. A job may be
// handed out only when a commit that claims it is confirmed. Decides nothing: Intake and DelayMover
// do. The master's one thread.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "handles.h"
#include "ledger.h"
#include "narwhal/delivery.h"

namespace narwhal::kafka {

class Partition {
 public:
  // Names one assignment of one partition; never used twice.
  using Epoch = std::uint64_t;

  struct Waiting {
    std::int64_t offset = 0;
    Delivery job;  // without a reservation
    std::optional<std::string> key;
    std::string origin;
    std::uint64_t claim = 0;  // the commit that claims it; 0: none
  };
  struct Held {
    std::int64_t offset = 0;
    std::optional<std::string> key;
    std::string origin;
    bool settling = false;  // a copy is being stored
  };

  Partition(Epoch its_epoch, std::string its_topic, std::int32_t its_number, Ledger ledger,
            Queue queue)
      : epoch(its_epoch),
        topic(std::move(its_topic)),
        number(its_number),
        ledger_(std::move(ledger)),
        queue_(std::move(queue)) {}

  const Epoch epoch;
  const std::string topic;
  const std::int32_t number;

  // --- Fetching
  // The next message, or what else the library has to say of this partition; null: nothing is left.
  [[nodiscard]] Message poll() const { return Message(rd_kafka_consume_queue(queue_.get(), 0)); }
  [[nodiscard]] rd_kafka_queue_t* queue() const { return queue_.get(); }
  Ledger& ledger() { return ledger_; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  // Everything that the server has was fetched, at a time not long ago.
  bool at_end = false;
  // Since when it is not known whether there is more; from then on for a while others wait for it.
  TimePoint unknown_since{};
  // The position was lost, and fetching went on at the first message there is.
  bool reset = false;

  // --- Waiting jobs, in the order in which they should run
  std::deque<Waiting> fetched;
  std::deque<Waiting> claimed;
  // Those with a time of their own, not due yet.
  std::multimap<WallTime, Waiting> timed;
  std::size_t bytes = 0;  // of the payloads in the three

  // Claims the first of `fetched` from `at` on.
  void claim(std::deque<Waiting>::iterator at);
  void unclaim_all();
  // Back among the fetched, by its offset; it was in hand.
  void put_back(Waiting waiting);
  [[nodiscard]] bool has_ready() const {
    return !claimed.empty() && claimed.front().claim <= confirmed_;
  }

  // --- In hand
  std::unordered_map<Reservation, Held> held;
  // Messages that are stored elsewhere before they are finished here, besides those in hand.
  std::size_t moving = 0;

  // Counts as confirmed with the next commit that is.
  void finish(std::int64_t offset, Reservation verdict = 0);
  void settled(Reservation verdict);

  // --- Committing
  bool leaving = false;  // it is given up: nothing is claimed any more
  bool revoked = false;  // on the way there: nothing new is handed out
  struct Commit {
    std::int64_t mark;
    std::string text;
  };
  [[nodiscard]] bool dirty() const { return dirty_ && ledger_.mark() != Ledger::kUnknown; }
  [[nodiscard]] bool acks_waiting() const { return !verdicts_.empty(); }
  [[nodiscard]] bool in_flight() const { return in_flight_; }
  void touch() { dirty_ = true; }
  Commit begin_commit(std::size_t most_text);
  void end_commit(bool confirmed);
  // Verdicts of which the server does not know yet.
  [[nodiscard]] std::size_t unconfirmed() const;
  // The reservations that go with this partition.
  [[nodiscard]] std::vector<Reservation> open_reservations() const;

 private:
  Ledger ledger_;
  Queue queue_;
  bool dirty_ = false;
  bool in_flight_ = false;
  std::uint64_t next_commit_ = 1;
  std::uint64_t confirmed_ = 0;
  std::vector<Reservation> verdicts_;  // for the next commit
  std::vector<Reservation> sent_;      // in the one under way
};

}  // namespace narwhal::kafka
