// Durations ("250ms", "5s", "10m", "1h") and sizes ("500KiB", "64MiB", "1GiB", "1048576") as people
// write them, and back. Whole numbers with one unit: what is written is what is meant. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "narwhal/new_job_rules.h"

namespace narwhal {

// Ten years: what is further away is a slip of the pen.
inline constexpr std::chrono::hours kLongestDuration = kLongestDelay;

// The Error's text says what is wrong and how to write it. Never more than kLongestDuration.
Result<Duration> parse_duration(std::string_view text);
// In the largest unit that keeps it whole: "90s", "2h". Zero is "0s".
std::string format_duration(Duration duration);

// In bytes; a bare number is bytes. Never more than 2^60.
Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

}  // namespace narwhal
