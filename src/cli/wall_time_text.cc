#include "cli/wall_time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace narwhal {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Reads fixed-width fields from the front; once one fails, all later ones do.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t width) {
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value * 10 + digit();
    return value;
  }

  void one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) return fail();
    rest_.remove_prefix(1);
  }

  // ".25" as microseconds; finer digits are dropped.
  microseconds fraction() {
    if (rest_.empty() || rest_.front() != '.') return {};
    rest_.remove_prefix(1);
    int value = digit();
    int count = 1;
    for (; next_is_digit(); ++count) {
      const int next = digit();
      if (count < 6) value = value * 10 + next;
    }
    for (; count < 6; ++count) value *= 10;
    return microseconds{value};
  }

  // "Z" or "+01:00".
  minutes offset() {
    if (!rest_.empty() && (rest_.front() == 'Z' || rest_.front() == 'z')) {
      rest_.remove_prefix(1);
      return {};
    }
    const bool west = !rest_.empty() && rest_.front() == '-';
    one_of("+-");
    const int hour = digits(2);
    one_of(":");
    const int minute = digits(2);
    if (hour > 23 || minute > 59) fail();
    return minutes{(west ? -1 : 1) * (hour * 60 + minute)};
  }

  [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

 private:
  [[nodiscard]] bool next_is_digit() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }

  int digit() {
    if (!next_is_digit()) {
      fail();
      return 0;
    }
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

  void fail() {
    good_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool good_ = true;
};

struct BrokenDown {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<microseconds> time;
};

BrokenDown break_down(WallTime time) {
  const auto day = std::chrono::floor<days>(time);
  return {std::chrono::year_month_day{day}, std::chrono::hh_mm_ss<microseconds>{time - day}};
}

std::string date_and_time(const BrokenDown& t) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(t.date.year()),
                     static_cast<unsigned>(t.date.month()), static_cast<unsigned>(t.date.day()),
                     t.time.hours().count(), t.time.minutes().count(), t.time.seconds().count());
}

}  // namespace

std::optional<WallTime> parse_wall_time(std::string_view text) {
  Scanner scan{text};
  const int year = scan.digits(4);
  scan.one_of("-");
  const int month = scan.digits(2);
  scan.one_of("-");
  const int day = scan.digits(2);
  scan.one_of("Tt ");
  const int hour = scan.digits(2);
  scan.one_of(":");
  const int minute = scan.digits(2);
  scan.one_of(":");
  const int second = scan.digits(2);
  const microseconds fraction = scan.fraction();
  const minutes offset = scan.offset();
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  // A leap second is 60; it becomes the first second of the next minute.
  const bool good = scan.complete() && date.ok() && hour < 24 && minute < 60 && second <= 60;
  if (!good) return std::nullopt;
  const auto local = std::chrono::sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
  const WallTime time = local + fraction - offset;
  if (time < WallTime{}) return std::nullopt;
  return time;
}

std::string format_wall_time(WallTime time) { return date_and_time(break_down(time)) + "Z"; }

std::string format_wall_time_exact(WallTime time) {
  const BrokenDown t = break_down(time);
  return fmt::format("{}.{:06}000Z", date_and_time(t), t.time.subseconds().count());
}

}  // namespace narwhal
