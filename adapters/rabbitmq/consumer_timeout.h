// The server's consumer_timeout, as it names it when it closes a channel over it. Pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "narwhal/clock.h"

namespace narwhal::rabbitmq {

// Nothing when the channel was closed for another reason; 0: the time is not told.
inline std::optional<std::chrono::milliseconds> consumer_timeout_in(std::string_view text) {
  constexpr std::string_view kMark = "Timeout value used: ";
  constexpr std::size_t kNone = std::string_view::npos;
  if (text.find("acknowledgement") == kNone || text.find("timed out") == kNone) return {};
  std::int64_t millis = 0;
  if (const std::size_t at = text.find(kMark); at != kNone) {
    std::from_chars(text.data() + at + kMark.size(), text.data() + text.size(), millis);
  }
  return std::chrono::milliseconds{millis};
}

}  // namespace narwhal::rabbitmq
