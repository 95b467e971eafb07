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
  if (text.find("acknowledgement") == text.npos || text.find("timed out") == text.npos) return {};
  std::int64_t millis = 0;
  if (const std::size_t at = text.find(kMark); at != text.npos) {
    std::from_chars(text.data() + at + kMark.size(), text.data() + text.size(), millis);
  }
  return std::chrono::milliseconds{millis};
}

}  // namespace narwhal::rabbitmq
