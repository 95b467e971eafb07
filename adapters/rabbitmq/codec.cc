#include "codec.h"

#include <array>
#include <cassert>

namespace narwhal::rabbitmq {
namespace {

// Larger than any method sent here: names are bounded, and so are a password and a queue's
// arguments.
constexpr std::size_t kLargestMethod = std::size_t{32} * 1024;
constexpr std::size_t kFrameOverhead = 8;  // seven bytes before a payload and one after it
constexpr char kFrameEnd = '\xce';

template <typename Number>
void append_number(std::string& out, Number value) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift));
  }
}

void append_frame_head(std::string& out, std::uint8_t type, amqp_channel_t channel,
                       std::size_t size) {
  append_number(out, type);
  append_number(out, channel);
  append_number(out, static_cast<std::uint32_t>(size));
}

}  // namespace

void append_protocol_header(std::string& out) { out.append("AMQP\0\0\x09\x01", 8); }

void append_method(std::string& out, amqp_channel_t channel, amqp_method_number_t number,
                   const void* method) {
  std::array<char, kLargestMethod> buffer;
  const int size = amqp_encode_method(number, const_cast<void*>(method),
                                      amqp_bytes_t{buffer.size(), buffer.data()});
  assert(size >= 0 && "a method that its own checks let grow too large");
  if (size < 0) return;
  append_frame_head(out, AMQP_FRAME_METHOD, channel, static_cast<std::size_t>(size) + 4);
  append_number(out, number);
  out.append(buffer.data(), static_cast<std::size_t>(size));
  out.push_back(kFrameEnd);
}

void append_ack(std::string& out, amqp_channel_t channel, std::uint64_t tag, bool multiple) {
  append_frame_head(out, AMQP_FRAME_METHOD, channel, 13);
  append_number(out, std::uint32_t{AMQP_BASIC_ACK_METHOD});
  append_number(out, tag);
  append_number(out, static_cast<std::uint8_t>(multiple ? 1 : 0));
  out.push_back(kFrameEnd);
}

void append_heartbeat(std::string& out) {
  append_frame_head(out, AMQP_FRAME_HEARTBEAT, 0, 0);
  out.push_back(kFrameEnd);
}

void append_content(std::string& out, amqp_channel_t channel, std::string_view properties,
                    std::string_view body, std::size_t frame_max) {
  append_frame_head(out, AMQP_FRAME_HEADER, channel, 12 + properties.size());
  append_number(out, std::uint16_t{AMQP_BASIC_CLASS});
  append_number(out, std::uint16_t{0});
  append_number(out, std::uint64_t{body.size()});
  out.append(properties);
  out.push_back(kFrameEnd);
  while (!body.empty()) {
    const std::string_view part = body.substr(0, frame_max - kFrameOverhead);
    append_frame_head(out, AMQP_FRAME_BODY, channel, part.size());
    out.append(part);
    out.push_back(kFrameEnd);
    body.remove_prefix(part.size());
  }
}

std::string encode_properties(const amqp_basic_properties_t& properties) {
  std::string encoded(1024, '\0');
  while (true) {
    const int size = amqp_encode_properties(
        AMQP_BASIC_CLASS, const_cast<amqp_basic_properties_t*>(&properties), to_bytes(encoded));
    if (size >= 0) {
      encoded.resize(static_cast<std::size_t>(size));
      return encoded;
    }
    assert(encoded.size() < (std::size_t{1} << 24) && "properties that cannot be encoded");
    if (encoded.size() >= (std::size_t{1} << 24)) return {};
    encoded.resize(encoded.size() * 4);
  }
}

Result<amqp_basic_properties_t*> decode_properties(std::string_view encoded, Pool& pool) {
  void* decoded = nullptr;
  const int code =
      amqp_decode_properties(AMQP_BASIC_CLASS, pool.get(), to_bytes(encoded), &decoded);
  if (code < 0) {
    return Error{ErrorKind::invalid, "unable to read a message's properties",
                 amqp_error_string2(code)};
  }
  return static_cast<amqp_basic_properties_t*>(decoded);
}

FrameReader::FrameReader() : state_(amqp_new_connection()) {}

void FrameReader::tune(int channel_max, int frame_max) {
  amqp_tune_connection(state_.get(), channel_max, frame_max, 0);
}

Result<bool> FrameReader::next(amqp_frame_t& frame) {
  amqp_maybe_release_buffers(state_.get());
  while (!bytes_.empty()) {
    const int used = amqp_handle_input(state_.get(), to_bytes(bytes_), &frame);
    if (used < 0) {
      return Error{ErrorKind::invalid, "unable to read from the server", amqp_error_string2(used)};
    }
    bytes_.remove_prefix(static_cast<std::size_t>(used));
    if (frame.frame_type != 0) return true;
    if (used == 0) break;
  }
  return false;
}

}  // namespace narwhal::rabbitmq
