// Channel: one channel of a Connection: opened, closed by the server and opened again; puts the
// frames of a message together. What is said over it is its user's business.
#pragma once

#include <cstdint>
#include <string>

#include "codec.h"

namespace narwhal::rabbitmq {

class Connection;

// A message as it came.
struct Content {
  enum class Kind : std::uint8_t { delivered, got, returned };

  Kind kind = Kind::delivered;
  std::uint64_t tag = 0;     // delivered, got
  bool redelivered = false;  // delivered, got
  std::string consumer;      // delivered
  std::uint32_t left = 0;    // got: how many wait behind it
  std::string routing_key;   // returned
  std::string reason;        // returned
  std::string properties;    // encoded
  std::string body;
};

// Whoever uses a channel. An Error ends the connection.
class ChannelUser {
 public:
  virtual Result<void> on_open() = 0;
  // Neither the opening and closing of the channel nor what announces content.
  virtual Result<void> on_method(const amqp_method_t& method) = 0;
  virtual Result<void> on_content(Content& content) = 0;
  // The server closed the channel: what was asked over it is not answered any more.
  virtual Result<void> on_closed(int code, const std::string& text) = 0;

 protected:
  ~ChannelUser() = default;
};

class Channel {
 public:
  Channel(Connection& connection, amqp_channel_t number, ChannelUser& user)
      : connection_(connection), number_(number), user_(user) {}

  // Asks for it; on_open() is the answer.
  void open();
  [[nodiscard]] bool is_open() const { return open_; }
  // Lets go of what came over it and is not acknowledged. What still comes is dropped; the user
  // hears of the answer, channel.close-ok, and of nothing before.
  void close();

  void send(amqp_method_number_t number, const void* method);
  void ack(std::uint64_t tag, bool multiple);
  void nack(std::uint64_t tag, bool requeue);
  // Through the default exchange, to that queue; returned when there is none.
  void publish(std::string_view queue, std::string_view properties, std::string_view body);
  // Asks for one message of that queue; on_content() or basic.get-empty is the answer.
  void get(std::string_view queue);

  // For the connection.
  Result<void> on_frame(const amqp_frame_t& frame);
  void reset();

 private:
  Result<void> on_frame_of_the_past(const amqp_frame_t& frame);
  Result<void> on_method(const amqp_method_t& method);
  Result<void> on_header(const amqp_frame_t& frame);
  Result<void> on_body(const amqp_frame_t& frame);
  Result<void> deliver();
  void begin_delivered(const amqp_basic_deliver_t& method);
  void begin_got(const amqp_basic_get_ok_t& method);
  void begin_returned(const amqp_basic_return_t& method);

  Connection& connection_;
  const amqp_channel_t number_;
  ChannelUser& user_;
  bool open_ = false;
  bool closing_ = false;
  Content content_;  // what is arriving
  std::uint64_t body_size_ = 0;
};

}  // namespace narwhal::rabbitmq
