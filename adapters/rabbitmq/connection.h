// Connection: one connection to the server: login, heartbeats, frames to and from its channels. No
// call waits; its owner loops over select() or poll(). Opened again after a loss, with the same
// channels.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/stream.h"
#include "channel.h"
#include "location.h"
#include "narwhal/clock.h"
#include "narwhal/poll_set.h"

namespace narwhal::rabbitmq {

class Connection {
 public:
  struct Settings {
    std::string client_name;      // as operators see it in the server's list
    std::uint16_t heartbeat = 0;  // seconds; 0: none
  };

  Connection(const Location& location, std::shared_ptr<net::TlsContext> tls, Settings settings);

  // A channel of its own for that user, which must outlive the connection. Before open().
  Channel& add_channel(ChannelUser& user);

  Result<void> open(const net::Address& address, TimePoint now);
  void close();
  // Sends what it can of what is waiting, says goodbye, and closes.
  void leave(TimePoint now);

  [[nodiscard]] bool has_socket() const { return stream_.has_value(); }
  // Logged in: channels are being opened or are open.
  [[nodiscard]] bool is_open() const { return phase_ == Phase::open; }
  [[nodiscard]] int fd() const { return stream_ ? stream_->fd() : -1; }
  [[nodiscard]] bool wants_write() const;
  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;

  // Moves what the socket is ready for, and hands frames to the channels.
  Result<void> step(bool readable, bool writable, TimePoint now);
  // Writes what the socket takes.
  Result<void> write(TimePoint now);

  // Frames are appended here and leave with write().
  [[nodiscard]] std::string& out() { return out_; }
  [[nodiscard]] std::size_t unsent() const { return out_.size() - sent_; }
  [[nodiscard]] std::size_t frame_max() const { return frame_max_; }
  // The server takes nothing that is published for now (memory or disk alarm), and why.
  [[nodiscard]] const std::optional<std::string>& blocked() const { return blocked_; }
  // The server has closed it over something that happened on it, and others go on.
  [[nodiscard]] bool closed_for_itself() const { return closed_for_itself_; }
  [[nodiscard]] TimePoint last_received() const { return last_received_; }
  [[nodiscard]] const std::string& server_version() const { return server_version_; }

 private:
  enum class Phase : std::uint8_t { closed, connecting, greeting, tuning, opening, open };

  Result<void> read(TimePoint now);
  Result<void> on_frame(const amqp_frame_t& frame);
  Result<void> on_method(const amqp_method_t& method);
  Result<void> start(const amqp_connection_start_t& method);
  Result<void> tune(const amqp_connection_tune_t& method);
  Result<void> opened();
  Result<void> check_time(TimePoint now);
  [[nodiscard]] Error in_context(const Error& error) const;
  Error closed_by_server(const amqp_connection_close_t& method);
  [[nodiscard]] Duration heartbeat() const { return std::chrono::seconds{heartbeat_}; }

  const Location& location_;
  const std::shared_ptr<net::TlsContext> tls_;
  const Settings settings_;
  std::vector<std::unique_ptr<Channel>> channels_;

  Phase phase_ = Phase::closed;
  HostPort place_;  // of the server
  std::optional<net::Stream> stream_;
  std::unique_ptr<FrameReader> reader_;
  std::string out_;
  std::size_t sent_ = 0;     // of out_
  bool more_input_ = false;  // where select() would not say so
  std::uint16_t heartbeat_ = 0;
  std::size_t frame_max_ = AMQP_FRAME_MIN_SIZE;
  TimePoint deadline_ = kNever;  // of the login
  TimePoint last_sent_{};
  TimePoint last_received_{};
  std::optional<std::string> blocked_;
  bool closed_for_itself_ = false;
  std::string server_version_;
};

}  // namespace narwhal::rabbitmq
