// Connection: commands out, replies in, in order, over one Stream. Each request brings the handler
// for its reply. No call waits; whoever owns it loops over select().
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "adapters/net/stream.h"
#include "narwhal/clock.h"
#include "narwhal/poll_set.h"
#include "resp.h"

namespace narwhal::redis {

class Connection {
 public:
  // An Error from a handler ends the connection.
  using Handler = std::function<Result<void>(ReplyPtr)>;
  // For what comes without being asked for; false: it was an ordinary reply after all.
  using PushHandler = std::function<bool(const redisReply&)>;

  struct Limits {
    std::size_t most_reply = std::size_t{1} << 20U;  // bytes
    Duration patience = std::chrono::seconds{10};    // without a byte while something is overdue
  };

  Connection(net::Stream stream, Limits limits, TimePoint now)
      : stream_(std::move(stream)), limits_(limits), progress_(now) {}

  [[nodiscard]] bool established() const { return stream_.established(); }
  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;

  // Moves what the socket is ready for and hands replies to their handlers.
  Result<void> step(const PollSet& ready, TimePoint now);
  // Sends what has been written.
  Result<void> flush(TimePoint now);

  // Begins a command of `argc` arguments; the caller appends them.
  Command request(std::size_t argc, Handler handler);
  void set_push_handler(PushHandler handler) { pushed_ = std::move(handler); }
  // Replies may take this much longer than usual.
  void add_patience(Duration more) { limits_.patience += more; }

  [[nodiscard]] std::size_t outstanding() const { return waiting_.size(); }

 private:
  Result<void> read(TimePoint now);
  Result<void> dispatch();

  net::Stream stream_;
  Limits limits_;
  ReplyReader reader_;
  std::deque<Handler> waiting_;
  PushHandler pushed_;
  std::string out_;
  std::size_t sent_ = 0;     // of out_
  bool more_input_ = false;  // where select() would not say so
  bool fresh_ = true;        // nothing was asked before what waits to be sent
  TimePoint progress_;
};

}  // namespace narwhal::redis
