// Fuzz target: any bytes as what a RabbitMQ server sends. However they are cut into pieces, the
// same frames come out; properties are read as a job's, and what was read of a job is the same
// after it has been written down and read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/rabbitmq/codec.h"
#include "adapters/rabbitmq/consumer_timeout.h"
#include "adapters/rabbitmq/envelope.h"

namespace {

using namespace narwhal;
using namespace narwhal::rabbitmq;

constexpr std::size_t kRoom = std::size_t{1} << 20;
constexpr int kMaxPriority = 10;

void require(bool holds) {
  if (!holds) std::abort();
}

void look_into(std::string_view properties) {
  const WallTime now = from_unix_micros(1'700'000'000'000'000);
  Pool pool;
  const Envelope first = read_envelope(properties, "body", kMaxPriority, now, pool);
  const std::string again = write_envelope(first, properties, kMaxPriority, kRoom, pool);
  const Envelope second = read_envelope(again, "body", kMaxPriority, now, pool);
  require(second.id == first.id && second.counters == first.counters);
  require(second.history == first.history && second.reason == first.reason);
  require(second.priority == first.priority && second.enqueued_at == first.enqueued_at);
  require(second.due == first.due && second.headers == first.headers);
}

// What came out, as text; ends with "error" where the bytes were not of the protocol.
std::string frames_of(std::string_view bytes, std::size_t piece) {
  FrameReader reader;
  std::string seen;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    reader.feed(bytes.substr(0, piece));
    while (true) {
      amqp_frame_t frame{};
      auto whole = reader.next(frame);
      if (!whole.ok()) return seen + "error";
      if (!*whole) break;
      seen += std::to_string(frame.frame_type) + "/" + std::to_string(frame.channel) + ":";
      if (frame.frame_type == AMQP_FRAME_METHOD) seen += std::to_string(frame.payload.method.id);
      if (frame.frame_type == AMQP_FRAME_BODY) seen += to_view(frame.payload.body_fragment);
      if (frame.frame_type != AMQP_FRAME_HEADER) continue;
      seen += to_view(frame.payload.properties.raw);
      look_into(to_view(frame.payload.properties.raw));
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = frames_of(bytes, bytes.size());
  for (const std::size_t piece : {1, 2, 3, 7}) require(frames_of(bytes, piece) == whole);
  look_into(bytes);
  (void)consumer_timeout_in(bytes);
  return 0;
}
