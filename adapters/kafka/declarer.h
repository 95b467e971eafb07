// Declarer: creates the topics of a queue where they are missing, one request for each queue, and
// remembers for which it was done. Its requests also tell whether the servers are there.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "handles.h"
#include "session.h"

namespace narwhal::kafka {

class Declarer {
 public:
  enum class State : std::uint8_t { unknown, asked, known, failed };

  explicit Declarer(Session& session) : session_(session) {}
  // Answers come to `queue`; on_answer() is to be given them.
  void use(rd_kafka_t* handle, rd_kafka_queue_t* queue);

  // Asks if that has to be done. A queue that failed is asked for again after a while.
  State state(const std::string& queue);
  // Precondition: state() was `failed`.
  [[nodiscard]] const Error& error(const std::string& queue) const;
  // The topics of all queues of the configuration are there.
  [[nodiscard]] bool all_known() const;
  // Asks for all of them, known or not.
  void ask_all();
  // The last answer for one of them was a failure: the error.
  [[nodiscard]] const Error* failure() const;
  // The topics of that queue may be gone.
  void forget(const std::string& queue);
  void on_answer(rd_kafka_event_t* event);
  // A server may not know yet what another has just created, and whoever subscribes to that waits
  // for long: with this, topics count as known once a server has shown that it knows them.
  void be_sure() { be_sure_ = true; }
  void run();
  [[nodiscard]] TimePoint wake_at() const;

 private:
  struct Entry {
    State state = State::unknown;
    Error error;
    TimePoint again_at{};
    TimePoint look_at = kNever;  // asked: when to look whether the servers know of it
  };
  AdminOptions make_options(rd_kafka_admin_op_t operation, const std::string& queue) const;
  void ask(const std::string& queue, Entry& entry);
  void look(const std::string& queue, Entry& entry);
  void on_created(rd_kafka_event_t* event, Entry& entry, const std::string& queue);
  void on_looked(rd_kafka_event_t* event, Entry& entry);

  Session& session_;
  rd_kafka_t* handle_ = nullptr;
  rd_kafka_queue_t* answers_ = nullptr;
  bool be_sure_ = false;
  std::map<std::string, Entry> queues_;
};

}  // namespace narwhal::kafka
