// The bytes of AMQP 0-9-1, by rabbitmq-c as encoder and decoder: its own socket handling is not
// used, since it may block. Pure: no descriptor is touched here.
#pragma once

#include <amqp.h>
#include <amqp_framing.h>

#include <memory>
#include <string>
#include <string_view>

#include "narwhal/result.h"

namespace narwhal::rabbitmq {

inline amqp_bytes_t to_bytes(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}
inline std::string_view to_view(amqp_bytes_t bytes) {
  return {static_cast<const char*>(bytes.bytes), bytes.len};
}

// Memory of decoded values; they live until the next clear().
class Pool {
 public:
  Pool() { init_amqp_pool(&pool_, 4096); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { empty_amqp_pool(&pool_); }

  [[nodiscard]] amqp_pool_t* get() { return &pool_; }
  void clear() { recycle_amqp_pool(&pool_); }

 private:
  amqp_pool_t pool_{};
};

// What opens a connection.
void append_protocol_header(std::string& out);
// `method` is the struct that rabbitmq-c has for that number.
void append_method(std::string& out, amqp_channel_t channel, amqp_method_number_t number,
                   const void* method);
void append_ack(std::string& out, amqp_channel_t channel, std::uint64_t tag, bool multiple);
void append_heartbeat(std::string& out);
// Header and body frames that follow a basic.publish.
void append_content(std::string& out, amqp_channel_t channel, std::string_view properties,
                    std::string_view body, std::size_t frame_max);

// Properties as they stand in a header frame.
std::string encode_properties(const amqp_basic_properties_t& properties);
Result<amqp_basic_properties_t*> decode_properties(std::string_view encoded, Pool& pool);

// Cuts a stream of bytes into frames, however they were chunked.
class FrameReader {
 public:
  FrameReader();

  // Precondition: a frame was read, and no other has begun to arrive.
  void tune(int channel_max, int frame_max);
  // The bytes are used by the calls of next() until that returns false.
  void feed(std::string_view bytes) { bytes_ = bytes; }
  // False: incomplete. A frame's content is valid until the next call.
  Result<bool> next(amqp_frame_t& frame);

 private:
  struct Destroy {
    void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
  };
  std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
  std::string_view bytes_;
};

}  // namespace narwhal::rabbitmq
