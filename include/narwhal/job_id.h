// Job ids: UUIDs of version 7 (RFC 9562), so they sort by time of creation. Header-only, because
// adapters name the jobs of foreign producers too. Any thread.
#pragma once

#include <sys/random.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "narwhal/clock.h"

namespace narwhal {

using JobIdNoise = std::array<std::uint8_t, 8>;

// 48 bits of milliseconds, 12 bits of what is below a millisecond, 62 bits of noise.
inline std::string make_job_id(std::chrono::nanoseconds since_epoch, JobIdNoise noise) {
  const auto nanos = static_cast<std::uint64_t>(since_epoch.count());
  const std::uint64_t millis = nanos / 1'000'000;
  const std::uint64_t fraction = nanos % 1'000'000 * 4096 / 1'000'000;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70 | (fraction >> 8));
  bytes[7] = static_cast<std::uint8_t>(fraction);
  for (std::size_t i = 0; i < noise.size(); ++i) bytes[8 + i] = noise[i];
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));

  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 0x0f];
  }
  return text;
}

inline std::string new_job_id() {
  JobIdNoise noise{};
  if (::getrandom(noise.data(), noise.size(), 0) != static_cast<ssize_t>(noise.size())) {
    std::random_device source;  // a kernel or a sandbox without getrandom()
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(source());
  }
  return make_job_id(std::chrono::system_clock::now().time_since_epoch(), noise);
}

}  // namespace narwhal
