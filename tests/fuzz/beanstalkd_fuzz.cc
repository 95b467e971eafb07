// Fuzz target: any bytes as what a beanstalkd server sends. However they are cut into pieces, the
// same replies come out; bodies are opened as envelopes and read as statistics, and an envelope
// that opens is sealed to the same bytes again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapters/beanstalkd/envelope.h"
#include "adapters/beanstalkd/job_stats.h"
#include "adapters/beanstalkd/protocol.h"

namespace {

using namespace narwhal::beanstalkd;

constexpr std::size_t kLargestBody = 512;

void require(bool holds) {
  if (!holds) std::abort();
}

void look_into(std::string body) {
  const std::string whole = body;
  (void)read_job_stats(body);
  Envelope envelope;
  const Opened opened = open_envelope(body, envelope);
  if (opened != Opened::sealed) return require(body == whole);
  // Numbers of our own fields that are too large are cut, so only the second opening is exact.
  std::string again = seal(envelope) + body;
  Envelope second;
  require(open_envelope(again, second) == Opened::sealed);
  require(again == body && second.id == envelope.id && second.counters == envelope.counters);
}

// What came out, as text; ends with "error" where the bytes were not of the protocol.
std::string replies_of(std::string_view bytes, std::size_t piece) {
  ReplyParser parser{kLargestBody};
  std::string seen;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    parser.feed(bytes.substr(0, piece));
    while (true) {
      Reply reply;
      auto whole = parser.next(reply);
      if (!whole.ok()) return seen + "error";
      if (!*whole) break;
      require(reply.body.size() <= kLargestBody);
      seen += std::string(word_of(reply.kind)) + std::to_string(reply.id) + reply.body + "\n";
      look_into(std::move(reply.body));
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = replies_of(bytes, bytes.size());
  for (const std::size_t piece : {1, 2, 3, 7}) require(replies_of(bytes, piece) == whole);
  look_into(bytes);
  return 0;
}
