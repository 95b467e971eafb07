#include "cli/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "cli/printable.h"

namespace narwhal {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From the largest to the smallest; durations in milliseconds.
constexpr std::array kDurationUnits = {Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                                       Unit{"ms", 1}};
constexpr std::array kSizeUnits = {Unit{"GiB", std::uint64_t{1} << 30U},
                                   Unit{"MiB", std::uint64_t{1} << 20U},
                                   Unit{"KiB", std::uint64_t{1} << 10U}, Unit{"B", 1}};

constexpr std::uint64_t kLongestMilliseconds = std::chrono::milliseconds{kLongestDuration}.count();
constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 60U;

Error wrong(std::string_view text, std::string what) {
  return Error{ErrorKind::invalid, fmt::format("\"{}\" {}", printable_short(text, 40), what), ""};
}

struct Written {
  std::uint64_t number;
  std::string_view unit;
};

std::optional<Written> split(std::string_view text) {
  Written written{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), written.number);
  if (code == std::errc::invalid_argument) return std::nullopt;
  if (code == std::errc::result_out_of_range) written.number = UINT64_MAX;
  written.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return written;
}

// Returns false when number * factor would be over the limit.
bool multiply(std::uint64_t number, std::uint64_t factor, std::uint64_t limit,
              std::uint64_t& product) {
  if (number > limit / factor) return false;
  product = number * factor;
  return true;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

std::string unknown_unit(std::string_view unit, std::string_view known) {
  if (unit.front() == '.')
    return fmt::format("is not a whole number; use a smaller unit: {}", known);
  return fmt::format("has the unknown unit \"{}\"; units are {}, written without a space",
                     printable_short(unit, 20), known);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  constexpr std::string_view kKnown = "ms, s, m and h";
  const auto written = split(text);
  if (!written) return wrong(text, "is not a duration; write for example \"30s\"");
  if (written->unit.empty()) {
    return wrong(
        text, fmt::format("has no unit; write \"{0}s\", \"{0}m\" or \"{0}ms\"", written->number));
  }
  const Unit* unit = find_unit(kDurationUnits, written->unit);
  if (unit == nullptr) return wrong(text, unknown_unit(written->unit, kKnown));
  std::uint64_t milliseconds = 0;
  if (!multiply(written->number, unit->factor, kLongestMilliseconds, milliseconds)) {
    return wrong(text, "is longer than ten years");
  }
  return Duration{std::chrono::milliseconds{milliseconds}};
}

std::string format_duration(Duration duration) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (milliseconds == 0) return "0s";
  for (const Unit& unit : kDurationUnits) {
    const auto factor = static_cast<std::int64_t>(unit.factor);
    if (milliseconds % factor == 0) return fmt::format("{}{}", milliseconds / factor, unit.name);
  }
  return fmt::format("{}ms", milliseconds);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto written = split(text);
  if (!written) return wrong(text, "is not a size; write for example \"64MiB\"");
  const std::string_view name = written->unit.empty() ? "B" : written->unit;
  const Unit* unit = find_unit(kSizeUnits, name);
  if (unit == nullptr) return wrong(text, unknown_unit(name, "B, KiB, MiB and GiB"));
  std::uint64_t bytes = 0;
  if (!multiply(written->number, unit->factor, kLargestSize, bytes)) {
    return wrong(text, "is too large");
  }
  return bytes;
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  for (const Unit& unit : kSizeUnits) {
    if (bytes % unit.factor == 0) return fmt::format("{}{}", bytes / unit.factor, unit.name);
  }
  return fmt::format("{}B", bytes);
}

}  // namespace narwhal
