#include "sdk/uuid.h"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <cstdint>

#include "narwhal/job_errors.h"

namespace narwhal::sdk {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

// From the kernel each time: a generator of our own would repeat itself in every forked worker.
Bytes random_bytes() {
  Bytes bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw EnqueueError("unable to make a job id: getrandom failed");
  }
  return bytes;
}

}  // namespace

std::string make_uuid() {
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto millis =
      static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(since_epoch).count());
  Bytes bytes = random_bytes();
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
  }
  bytes[6] = static_cast<std::uint8_t>(0x70U | (bytes[6] & 0x0FU));
  bytes[8] = static_cast<std::uint8_t>(0x80U | (bytes[8] & 0x3FU));

  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back("0123456789abcdef"[bytes[i] >> 4]);
    text.push_back("0123456789abcdef"[bytes[i] & 0x0F]);
  }
  return text;
}

}  // namespace narwhal::sdk
