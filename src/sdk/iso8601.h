// Times as ActiveJob writes them: ISO 8601, UTC, nine decimals; read with any zone and any number
// of decimals.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace narwhal::sdk {

using WallNanos = std::chrono::sys_time<std::chrono::nanoseconds>;

std::string format_time(WallNanos time);
// None when the text is no time, has no zone, or lies outside the years that nanoseconds can count.
std::optional<WallNanos> parse_time(std::string_view text);

std::string format_date(std::chrono::year_month_day date);
std::optional<std::chrono::year_month_day> parse_date(std::string_view text);

}  // namespace narwhal::sdk
