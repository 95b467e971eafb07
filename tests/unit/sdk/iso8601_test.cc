#include "sdk/iso8601.h"

#include <gtest/gtest.h>

namespace narwhal::sdk {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

TEST(Iso8601, WritesAsRailsDoes) {
  EXPECT_EQ(format_time(sys_days(year{2026} / 1 / 2) + 3h + 4min + 5s + 678901234ns),
            "2026-01-02T03:04:05.678901234Z");
  EXPECT_EQ(format_time(WallNanos(-1ns)), "1969-12-31T23:59:59.999999999Z");
}

TEST(Iso8601, ReadsAnyZoneAndPrecision) {
  const WallNanos noon = sys_days(year{2026} / 1 / 2) + 12h;
  EXPECT_EQ(parse_time("2026-01-02T12:00:00Z"), noon);
  EXPECT_EQ(parse_time("2026-01-02T21:00:00+09:00"), noon);
  EXPECT_EQ(parse_time("2026-01-02T11:30:00-0030"), noon);
  EXPECT_EQ(parse_time("2026-01-02 12:00:00.5Z"), noon + 500ms);
  EXPECT_EQ(parse_time("2026-01-02T12:00:00.1234567891234Z"), noon + 123456789ns);
}

TEST(Iso8601, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "now", "2026-01-02", "2026-01-02T12:00:00", "2026-13-02T12:00:00Z",
        "2026-02-30T12:00:00Z", "2026-01-02T25:00:00Z", "2026-01-02T12:60:00Z",
        "2026-01-02T12:00:00.Z", "2026-01-02T12:00:00Zx", "2026-01-02T12:00:00+24:00",
        "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "-026-01-02T12:00:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace narwhal::sdk
