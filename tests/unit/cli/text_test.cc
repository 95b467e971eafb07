// The small text functions below the commands: quantities, names, times, JSON, escapes, secrets.
#include <gtest/gtest.h>

#include <sstream>

#include "cli/base64.h"
#include "cli/instance_name.h"
#include "cli/json_text.h"
#include "cli/line_reader.h"
#include "cli/nearest.h"
#include "cli/printable.h"
#include "cli/quantity.h"
#include "cli/wall_time_text.h"
#include "narwhal/redact.h"

namespace narwhal {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, DurationsThereAndBack) {
  for (const auto& [text, value] : std::vector<std::pair<std::string, Duration>>{
           {"250ms", 250ms}, {"5s", 5s}, {"10m", 10min}, {"1h", 1h}, {"0s", 0s}}) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, value);
    EXPECT_EQ(format_duration(value), text);
  }
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(120s), "2m");
  for (const char* text : {"", "s", "5", "5 s", "5S", "+5s", "-5s", "5s5", "1h30m", "0x5s", "1e3s",
                           "5.0s", "nan", "18446744073709551615h", "99999999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << text;
  }
}

TEST(Quantity, SizesThereAndBack) {
  for (const auto& [text, value] :
       std::vector<std::pair<std::string, std::uint64_t>>{{"64MiB", 64U << 20U},
                                                          {"1GiB", 1U << 30U},
                                                          {"500KiB", 500U << 10U},
                                                          {"0", 0U},
                                                          {"1000B", 1000U}}) {
    const auto parsed = parse_size(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, value);
    EXPECT_EQ(format_size(value), text);
  }
  EXPECT_EQ(parse_size("1048576").value(), 1U << 20U);
  for (const char* text : {"", "MiB", "5MB", "5 MiB", "-1", "1.5GiB", "17179869184GiB", "nan"}) {
    EXPECT_FALSE(parse_size(text).ok()) << text;
  }
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"workers", "name", "stop_timeout", "drain_timeout"};
  EXPECT_EQ(nearest("wokers", names), "workers");
  EXPECT_EQ(nearest("wrokers", names), "workers");
  EXPECT_EQ(nearest("WORKERS", names), "workers");
  EXPECT_EQ(nearest("stop-timeout", names), "stop_timeout");
  EXPECT_EQ(nearest("stop_timout", names), "stop_timeout");
  EXPECT_EQ(nearest("drain", names), "drain_timeout");
  EXPECT_EQ(nearest("xyzzy", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'w'), names), std::nullopt);
}

TEST(Printable, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("plain über キュー 🐳"), "plain über キュー 🐳");
  EXPECT_EQ(printable(std::string_view{"a\0b\x1b[2J\n\t\r\x7f", 11}),
            "a\\x00b\\x1b[2J\\n\\t\\r\\x7f");
  EXPECT_EQ(printable("\xC3\x28 \xC0\x80 \xED\xA0\x80 \xF5"),
            "\\xc3( \\xc0\\x80 \\xed\\xa0\\x80 \\xf5");
  EXPECT_EQ(printable("\u202Eevil \u009B1m"), "\\u{202e}evil \\u{9b}1m");
  EXPECT_EQ(printable_short("abcdefgh", 6), "abc...");
  EXPECT_EQ(printable_short("abcdef", 6), "abcdef");
  EXPECT_EQ(printable_short("üüüüüüüü", 6), "üüü...");
}

TEST(WallTime, ReadsRfc3339) {
  const auto micros = [](std::string_view text) {
    const auto time = parse_wall_time(text);
    return time ? to_unix_micros(*time) : -1;
  };
  EXPECT_EQ(micros("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(micros("2024-02-29T12:00:00Z"), 1'709'208'000'000'000);
  EXPECT_EQ(micros("2024-02-29t14:00:00.5+02:00"), 1'709'208'000'500'000);
  EXPECT_EQ(micros("2024-02-29 07:00:00-05:00"), 1'709'208'000'000'000);
  EXPECT_EQ(micros("2024-02-29T12:00:00.123456789z"), 1'709'208'000'123'456);
  EXPECT_EQ(micros("2016-12-31T23:59:60Z"), 1'483'228'800'000'000);
  EXPECT_EQ(micros("9999-12-31T23:59:59Z"), 253'402'300'799'000'000);
  for (const char* text :
       {"", "2024-02-29", "2024-02-29T12:00:00", "2023-02-29T12:00:00Z", "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:61Z",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+1:00", "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00Zx", "1969-12-31T23:59:59Z", " 2024-01-01T00:00:00Z"}) {
    EXPECT_EQ(micros(text), -1) << text;
  }
  EXPECT_EQ(format_wall_time(from_unix_micros(1'709'208'000'500'000)), "2024-02-29T12:00:00Z");
  EXPECT_EQ(format_wall_time_exact(from_unix_micros(1'709'208'000'000'123)),
            "2024-02-29T12:00:00.000123000Z");
}

TEST(JsonText, ArraysOfAnyDepthAndNumbers) {
  EXPECT_TRUE(check_json_array("[]").ok());
  EXPECT_TRUE(
      check_json_array(" [1e300, -0, 123456789012345678901234567890, \"\\ud83d\\ude00\"]\n").ok());
  EXPECT_TRUE(check_json_array(std::string(500'000, '[') + std::string(500'000, ']')).ok());
  EXPECT_FALSE(check_json_array(std::string_view{"[1]\0x", 5}).ok());
  EXPECT_FALSE(check_json_array("[1e999]").ok()) << "no program could hold it";
  EXPECT_FALSE(check_json_array("null").ok());
  EXPECT_FALSE(check_json_array("   ").ok());
}

TEST(JsonText, FindsTheClassOfAnOutermostObjectOnly) {
  EXPECT_EQ(find_job_class(R"({"a":{"job_class":"No"},"job_class":"Yes"})"), "Yes");
  EXPECT_EQ(find_job_class(R"({"job_class":"Yes", broken)"), "Yes");
  EXPECT_EQ(find_job_class(R"([{"job_class":"No"}])"), std::nullopt);
  EXPECT_EQ(find_job_class(R"({"job_class":["No"]})"), std::nullopt);
  EXPECT_EQ(find_job_class(R"({"job_class":null,"x":"No"})"), std::nullopt);
  EXPECT_EQ(find_job_class(R"({"job_class":{"x":"No"},"y":"No"})"), std::nullopt);
  EXPECT_EQ(find_job_class(R"({"job_class":5,"y":"No"})"), std::nullopt);
  EXPECT_EQ(find_job_class(""), std::nullopt);
  EXPECT_EQ(find_job_class("\x01\x02"), std::nullopt);
}

TEST(JsonText, StringsAreAlwaysValid) {
  EXPECT_EQ(json_string("a\"b\\c\nd\x01 é"), "\"a\\\"b\\\\c\\u000ad\\u0001 é\"");
  EXPECT_EQ(json_string("\xFF"), "\"\xEF\xBF\xBD\"");
  EXPECT_TRUE(check_json_array("[" + json_string(std::string("\0\xC3\x1F\x7F", 4)) + "]").ok());
}

TEST(Base64, IsThatOfTheRfc) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFF\xFE\xFD"), "//79");
}

TEST(LineReader, GivesLinesAcrossChunks) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += std::string(static_cast<std::size_t>(i % 17), 'x') + "\n";
  std::istringstream in{text + "last"};
  LineReader lines{in, 100};
  std::string line;
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(lines.next(line), LineReader::Outcome::line);
    ASSERT_EQ(line.size(), static_cast<std::size_t>(i % 17));
  }
  EXPECT_EQ(lines.next(line), LineReader::Outcome::line);
  EXPECT_EQ(line, "last");
  EXPECT_EQ(lines.number(), 20'001U);
  EXPECT_EQ(lines.next(line), LineReader::Outcome::end);
}

TEST(LineReader, StopsAtALineOverTheLimit) {
  std::istringstream in{"12345\n123456\n"};
  LineReader lines{in, 5};
  std::string line;
  EXPECT_EQ(lines.next(line), LineReader::Outcome::line);
  EXPECT_EQ(lines.next(line), LineReader::Outcome::too_long);
  EXPECT_EQ(lines.number(), 2U);
}

TEST(InstanceName, IsStableAndTellsConfigurationsApart) {
  const std::string name = default_instance_name("web1", "/etc/narwhal/narwhal.toml");
  EXPECT_EQ(name, default_instance_name("web1", "/etc/narwhal/narwhal.toml"));
  EXPECT_EQ(name, default_instance_name("web1", "/etc/../etc/narwhal/narwhal.toml"));
  EXPECT_EQ(name.substr(0, 13), "web1-narwhal-");
  EXPECT_NE(name, default_instance_name("web2", "/etc/narwhal/narwhal.toml"));
  EXPECT_NE(name, default_instance_name("web1", "/srv/narwhal/narwhal.toml"));
  const std::string odd = default_instance_name("wéb 1:x", "/srv/a b/キュー.toml");
  EXPECT_EQ(instance_name_problem(odd), std::nullopt) << odd;
  EXPECT_LE(default_instance_name(std::string(300, 'h'), std::string(300, 'p')).size(), 100U);
}

// P90
TEST(Redact, HidesUserAndPasswordHoweverOdd) {
  EXPECT_EQ(redact_url("redis://user:pass@host:6379/0"), "redis://***@host:6379/0");
  EXPECT_EQ(redact_url("redis://:pass@host"), "redis://***@host");
  EXPECT_EQ(redact_url("amqp://u:p@ss/w?o#r:d%40@host/v"), "amqp://***@host/v");
  EXPECT_EQ(redact_url("redis+unix://:pass@/run/redis.sock"), "redis+unix://***@/run/redis.sock");
  EXPECT_EQ(redact_url("redis:secret@host"), "redis:***@host");
  EXPECT_EQ(redact_url("kafka://h:9092,i:9092?group=g&sasl.password=x&ssl.key.password=y&z=1"),
            "kafka://h:9092,i:9092?group=g&sasl.password=***&ssl.key.password=***&z=1");
  EXPECT_EQ(redact_url("kafka://u:p@h?password=q@r"), "kafka://***@r");
}

TEST(Redact, LeavesTheRestAlone) {
  for (const char* url : {"sqlite:narwhal.db", "sqlite:/srv/app@2/jobs.db", "sqlite:./a@b.db", "",
                          "sqlite:", "beanstalk://host:11300", "redis+unix:///run/a@b.sock", ":",
                          "?", "a?b", "://"}) {
    EXPECT_EQ(redact_url(url), url);
  }
}

TEST(Redact, HidesSecretsInWhatLibrariesSay) {
  const std::string url = "redis://user:p%40ss%2Fword@host?token=abc%20def";
  EXPECT_EQ(hide_secrets("AUTH failed for p@ss/word", url), "AUTH failed for ***");
  EXPECT_EQ(hide_secrets("bad URL " + url, url), "bad URL redis://***@host?token=***");
  EXPECT_EQ(hide_secrets("abc def", url), "***");
  EXPECT_EQ(hide_secrets("nothing here", "sqlite:narwhal.db"), "nothing here");
  EXPECT_EQ(hide_secrets("nothing here", "redis://:@host"), "nothing here");
}

}  // namespace
}  // namespace narwhal
