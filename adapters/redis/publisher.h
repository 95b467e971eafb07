// Publisher: the master's publishes, in order, each stored once: the script keeps the number of the
// last one, so those whose answer was lost with a session are sent again without harm.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "connection.h"
#include "format.h"
#include "narwhal/broker.h"
#include "script_set.h"

namespace narwhal::redis {

class Publisher {
 public:
  explicit Publisher(ScriptSet& scripts) : scripts_(scripts) {}

  void add(PublishToken token, Ops ops);
  [[nodiscard]] bool any_unsent() const { return sent_ < waiting_.size(); }
  [[nodiscard]] std::size_t unconfirmed() const { return waiting_.size(); }

  void send(Connection& connection, const std::string& consumer_key);
  // The session ended.
  void unsend() { sent_ = 0; }
  std::vector<BrokerEvents::Published> take_answers() { return std::exchange(answers_, {}); }
  [[nodiscard]] bool any_answers() const { return !answers_.empty(); }

 private:
  struct Waiting {
    PublishToken token;
    std::int64_t sequence;
    Ops ops;
  };

  Result<void> answered(const redisReply& reply);
  void renumber_first();

  ScriptSet& scripts_;
  std::deque<Waiting> waiting_;  // the first `sent_` are on their way
  std::size_t sent_ = 0;
  std::int64_t next_sequence_ = 1;
  std::vector<BrokerEvents::Published> answers_;
};

// How many words the commands take, with their lengths, and the words.
std::size_t words_of(const Ops& ops);
void append(Command& command, const Ops& ops);

}  // namespace narwhal::redis
