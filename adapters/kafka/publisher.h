// Publisher: stores messages and reports when each is stored for good, by a producer of
// librdkafka's that repeats and keeps their order by itself. Nothing blocks: what it does not take
// at once waits here, as does what goes to topics that are still to be created. The master's one
// thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "declarer.h"
#include "handles.h"
#include "session.h"
#include "waker.h"

namespace narwhal::kafka {

struct Parcel {
  // Called once, when the message is stored for good or is not going to be.
  using Done = std::function<void(const Result<void>&)>;

  std::string queue;  // of jobs, to which the topic belongs
  std::string topic;
  std::optional<std::string> key;
  MessageHeaders headers;
  std::optional<std::string> payload;  // none: a tombstone
  // Tried again until it is stored, however often the server refuses.
  bool patient = false;
  Done done;
};

class Publisher {
 public:
  Publisher(Session& session, Declarer& declarer) : session_(session), declarer_(declarer) {}
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  Result<void> open(const Waker& waker);
  void publish(Parcel parcel);
  // Takes in what was confirmed, and sends what may be sent now.
  void pump();
  [[nodiscard]] TimePoint wake_at() const { return wake_at_; }
  // Messages neither confirmed nor given up.
  [[nodiscard]] std::size_t pending() const { return waiting_.size() + sent_; }
  [[nodiscard]] rd_kafka_t* handle() const { return handle_.get(); }
  // What librdkafka says of its connections, as it comes.
  using Trouble = std::function<void(rd_kafka_resp_err_t code, const std::string& text)>;
  void on_trouble(Trouble trouble) { trouble_ = std::move(trouble); }

 private:
  struct Entry {
    Parcel parcel;
    TimePoint not_before{};
  };
  enum class Step : std::uint8_t { sent, wait };
  void take_reports();
  void report(const rd_kafka_message_t& message);
  Step send(std::unique_ptr<Entry>& entry);
  rd_kafka_topic_t* topic(const std::string& name);
  void refuse(std::unique_ptr<Entry> entry, const Error& error);

  Session& session_;
  Declarer& declarer_;
  Handle handle_;
  Queue queue_;
  std::map<std::string, Topic> topics_;
  std::deque<std::unique_ptr<Entry>> waiting_;
  std::size_t sent_ = 0;
  TimePoint wake_at_ = kNever;
  std::string last_trouble_;
  Trouble trouble_;
};

}  // namespace narwhal::kafka
