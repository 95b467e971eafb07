// Client: the blocking side, for the producer and the one-shot commands: the same Publisher as the
// master's, driven until something is true. Begins anew when the last use failed. Uses poll(),
// since the program around it may have more descriptors than select() takes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "declarer.h"
#include "handles.h"
#include "narwhal/clock.h"
#include "publisher.h"
#include "session.h"
#include "waker.h"

namespace narwhal::kafka {

class Client {
 public:
  Client(Location location, std::size_t max_payload);

  [[nodiscard]] const Location& location() const { return session_.location; }
  [[nodiscard]] std::size_t max_payload() const { return session_.max_payload; }

  // Opens, unless it is open. Nobody is asked yet.
  Result<void> open();
  // Waits until a server answers. Precondition: open.
  Result<void> reach();
  // Precondition: open. The outcome comes with until(), unless that fails.
  void publish(Parcel parcel) { link_->publisher.publish(std::move(parcel)); }
  // Sends and receives until `done`. A failure closes: what was not confirmed may be stored, and is
  // not going to be any more.
  Result<void> until(const std::function<bool()>& done);
  // How many partitions the topic has; 0: there is no such topic.
  Result<int> partitions(const std::string& topic);
  void close() { link_.reset(); }

 private:
  // What is thrown away when it failed.
  struct Link {
    explicit Link(Session& session) : declarer(session), publisher(session, declarer) {}
    Waker waker;
    Declarer declarer;
    Publisher publisher;
    Queue answers;  // for the declarer
    TimePoint deadline{};
    bool down = false;     // no server was reached, at least once
    Result<void> trouble;  // the last that was heard of the connections
  };
  // Of that topic; null: of the servers alone.
  Result<Metadata> look(rd_kafka_topic_t* topic);
  void on_trouble(rd_kafka_resp_err_t code, const std::string& text);
  void begin_to_wait();
  Result<void> turn();
  [[nodiscard]] Error unreachable(const std::string& reason) const;

  const SystemClock clock_;
  Session session_;
  std::unique_ptr<Link> link_;
};

}  // namespace narwhal::kafka
