// Wall-clock times as RFC 3339 text, both ways. Pure; always the Gregorian calendar and UTC inside.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "narwhal/clock.h"

namespace narwhal {

// "2030-01-31T09:00:00Z", "2030-01-31 10:00:00.25+01:00". Nothing when it is no such time, or one
// before 1970.
std::optional<WallTime> parse_wall_time(std::string_view text);

// "2030-01-31T09:00:00Z".
std::string format_wall_time(WallTime time);

// With nanoseconds, as ActiveJob writes it: "2030-01-31T09:00:00.250000000Z".
std::string format_wall_time_exact(WallTime time);

}  // namespace narwhal
