#include "channel.h"

#include <algorithm>

#include "connection.h"

namespace narwhal::rabbitmq {
namespace {

// Reserved at once for a message on its way; a longer one grows as it comes.
constexpr std::uint64_t kReserved = std::uint64_t{1} << 20;

}  // namespace

void Channel::reset() {
  open_ = closing_ = false;
  content_ = Content{};
  body_size_ = 0;
}

void Channel::open() {
  const amqp_channel_open_t method{};
  send(AMQP_CHANNEL_OPEN_METHOD, &method);
}

void Channel::close() {
  reset();
  closing_ = true;
  amqp_channel_close_t method{};
  method.reply_code = AMQP_REPLY_SUCCESS;
  send(AMQP_CHANNEL_CLOSE_METHOD, &method);
}

void Channel::send(amqp_method_number_t number, const void* method) {
  append_method(connection_.out(), number_, number, method);
}

void Channel::ack(std::uint64_t tag, bool multiple) {
  append_ack(connection_.out(), number_, tag, multiple);
}

void Channel::nack(std::uint64_t tag, bool requeue) {
  amqp_basic_nack_t method{};
  method.delivery_tag = tag;
  method.requeue = requeue ? 1 : 0;
  send(AMQP_BASIC_NACK_METHOD, &method);
}

void Channel::publish(std::string_view queue, std::string_view properties, std::string_view body) {
  amqp_basic_publish_t method{};
  method.routing_key = to_bytes(queue);
  method.mandatory = 1;
  send(AMQP_BASIC_PUBLISH_METHOD, &method);
  append_content(connection_.out(), number_, properties, body, connection_.frame_max());
}

void Channel::get(std::string_view queue) {
  amqp_basic_get_t method{};
  method.queue = to_bytes(queue);
  send(AMQP_BASIC_GET_METHOD, &method);
}

Result<void> Channel::on_frame(const amqp_frame_t& frame) {
  if (closing_) return on_frame_of_the_past(frame);
  switch (frame.frame_type) {
    case AMQP_FRAME_METHOD:
      return on_method(frame.payload.method);
    case AMQP_FRAME_HEADER:
      return on_header(frame);
    case AMQP_FRAME_BODY:
      return on_body(frame);
    default:
      return {};
  }
}

Result<void> Channel::on_frame_of_the_past(const amqp_frame_t& frame) {
  if (frame.frame_type != AMQP_FRAME_METHOD) return {};
  if (frame.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const amqp_channel_close_ok_t answer{};
    send(AMQP_CHANNEL_CLOSE_OK_METHOD, &answer);
    return {};
  }
  if (frame.payload.method.id != AMQP_CHANNEL_CLOSE_OK_METHOD) return {};
  closing_ = false;
  return user_.on_method(frame.payload.method);
}

Result<void> Channel::on_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD:
      begin_delivered(*static_cast<const amqp_basic_deliver_t*>(method.decoded));
      return {};
    case AMQP_BASIC_GET_OK_METHOD:
      begin_got(*static_cast<const amqp_basic_get_ok_t*>(method.decoded));
      return {};
    case AMQP_BASIC_RETURN_METHOD:
      begin_returned(*static_cast<const amqp_basic_return_t*>(method.decoded));
      return {};
    case AMQP_CHANNEL_OPEN_OK_METHOD:
      open_ = true;
      return user_.on_open();
    case AMQP_CHANNEL_CLOSE_METHOD: {
      const auto& close = *static_cast<const amqp_channel_close_t*>(method.decoded);
      const std::string text{to_view(close.reply_text)};
      const amqp_channel_close_ok_t answer{};
      send(AMQP_CHANNEL_CLOSE_OK_METHOD, &answer);
      reset();
      return user_.on_closed(close.reply_code, text);
    }
    default:
      return user_.on_method(method);
  }
}

void Channel::begin_delivered(const amqp_basic_deliver_t& method) {
  content_.kind = Content::Kind::delivered;
  content_.tag = method.delivery_tag;
  content_.redelivered = method.redelivered != 0;
  content_.consumer = to_view(method.consumer_tag);
}

void Channel::begin_got(const amqp_basic_get_ok_t& method) {
  content_.kind = Content::Kind::got;
  content_.left = method.message_count;
  content_.tag = method.delivery_tag;
  content_.redelivered = method.redelivered != 0;
}

void Channel::begin_returned(const amqp_basic_return_t& method) {
  content_.kind = Content::Kind::returned;
  content_.routing_key = to_view(method.routing_key);
  content_.reason = to_view(method.reply_text);
}

Result<void> Channel::on_header(const amqp_frame_t& frame) {
  content_.properties = to_view(frame.payload.properties.raw);
  body_size_ = frame.payload.properties.body_size;
  content_.body.reserve(static_cast<std::size_t>(std::min(body_size_, kReserved)));
  return body_size_ == 0 ? deliver() : Result<void>{};
}

Result<void> Channel::on_body(const amqp_frame_t& frame) {
  content_.body += to_view(frame.payload.body_fragment);
  return content_.body.size() < body_size_ ? Result<void>{} : deliver();
}

Result<void> Channel::deliver() {
  Content whole = std::exchange(content_, Content{});
  body_size_ = 0;
  return user_.on_content(whole);
}

}  // namespace narwhal::rabbitmq
