#include "sdk/iso8601.h"

#include <cstdint>
#include <cstdio>

namespace narwhal::sdk {
namespace {

using namespace std::chrono;

// Takes fixed fields off the front of a text; after the first that does not fit, ok() is false.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!digit_next()) return fail();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  bool literal(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return fail() != 0;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  // A fraction of a second in nanoseconds; digits beyond the ninth are dropped.
  std::int64_t fraction() {
    if (!digit_next()) return fail();
    std::int64_t nanos = 0;
    std::int64_t unit = 100'000'000;
    for (; digit_next(); rest_.remove_prefix(1), unit /= 10) nanos += (rest_.front() - '0') * unit;
    return nanos;
  }

  [[nodiscard]] bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
  [[nodiscard]] char last() const { return last_; }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  [[nodiscard]] bool digit_next() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }
  int fail() {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  char last_ = '\0';
  bool ok_ = true;
};

year_month_day read_date(FieldReader& in) {
  const int y = in.digits(4);
  in.literal("-");
  const int m = in.digits(2);
  in.literal("-");
  const int d = in.digits(2);
  return year{y} / month{static_cast<unsigned>(m)} / day{static_cast<unsigned>(d)};
}

struct Zone {
  minutes offset{0};
  bool ok = true;
};

Zone read_zone(FieldReader& in) {
  if (!in.literal("Zz+-")) return {minutes{0}, false};
  if (in.last() != '+' && in.last() != '-') return {};
  const int sign = in.last() == '-' ? -1 : 1;
  const int h = in.digits(2);
  if (in.next_is(':')) in.literal(":");
  const int m = in.digits(2);
  return {minutes{sign * (h * 60 + m)}, h < 24 && m < 60};
}

bool in_range(sys_seconds time) {
  return time > time_point_cast<seconds>(WallNanos::min()) &&
         time < time_point_cast<seconds>(WallNanos::max());
}

}  // namespace

std::string format_time(WallNanos time) {
  const auto day_start = floor<days>(time);
  const hh_mm_ss clock(time - day_start);
  char text[64];
  std::snprintf(
      text, sizeof text, "%sT%02d:%02d:%02d.%09dZ", format_date(year_month_day(day_start)).c_str(),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<WallNanos> parse_time(std::string_view text) {
  FieldReader in(text);
  const year_month_day date = read_date(in);
  in.literal("Tt ");
  const int h = in.digits(2);
  in.literal(":");
  const int m = in.digits(2);
  in.literal(":");
  const int s = in.digits(2);
  std::int64_t nanos = 0;
  if (in.next_is('.')) {
    in.literal(".");
    nanos = in.fraction();
  }
  const Zone zone = read_zone(in);
  if (!in.done() || !zone.ok || !date.ok() || h > 24 || m > 59 || s > 60) return std::nullopt;
  const sys_seconds whole = sys_days(date) + hours{h} + minutes{m} + seconds{s} - zone.offset;
  if (!in_range(whole)) return std::nullopt;
  return WallNanos(whole) + nanoseconds{nanos};
}

std::string format_date(year_month_day date) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::optional<year_month_day> parse_date(std::string_view text) {
  FieldReader in(text);
  const year_month_day date = read_date(in);
  if (!in.done() || !date.ok()) return std::nullopt;
  return date;
}

}  // namespace narwhal::sdk
