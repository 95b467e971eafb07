// Committer: tells the group what has become of its messages. One commit is under way at a time,
// for all partitions that have something new; what happens meanwhile goes with the next.
#pragma once

#include <map>
#include <vector>

#include "assignment.h"
#include "handles.h"
#include "session.h"

namespace narwhal::kafka {

class Committer {
 public:
  Committer(Session& session, Assignment& assignment)
      : session_(session), assignment_(assignment) {}
  // Answers come to `answers`; on_answer() is to be given them.
  void use(rd_kafka_t* handle, rd_kafka_queue_t* answers);

  [[nodiscard]] bool may_send() const {
    return handle_ != nullptr && in_flight_.empty() && session_.now >= not_before_;
  }
  [[nodiscard]] bool idle() const { return in_flight_.empty(); }
  // Something is to be told.
  [[nodiscard]] bool wanted() const;
  // Precondition: may_send().
  void send();
  void on_answer(rd_kafka_event_t* event);
  // An answer that does not come is no answer.
  void run();
  // A commit has waited for its answer for longer than a server that is well takes.
  [[nodiscard]] bool is_slow() const;
  [[nodiscard]] TimePoint wake_at() const;

 private:
  void end(bool confirmed);

  Session& session_;
  Assignment& assignment_;
  rd_kafka_t* handle_ = nullptr;
  rd_kafka_queue_t* answers_ = nullptr;
  std::uintptr_t number_ = 0;                // of the last commit
  std::vector<Partition::Epoch> in_flight_;  // what it is about
  TimePoint answer_by_ = kNever;
  TimePoint not_before_{};
  std::size_t most_text_ = Ledger::kMostText;  // that this server takes
};

}  // namespace narwhal::kafka
