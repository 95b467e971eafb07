#include "narwhal/value.h"

#include <gtest/gtest.h>

#include <limits>

namespace narwhal {
namespace {

std::string round_trip(const std::string& json) {
  const auto value = Value::parse(json);
  return value ? value->to_json() : value.error().text();
}

TEST(Value, KeepsNumbersExact) {
  for (const std::string number :
       {"0", "-1", "130775545883395173", "9007199254740993", "-9223372036854775808",
        "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "1e400", "-1e400", "1e-400", "0.1", "1.0", "-0.0", "5e-324",
        "1.7976931348623157e+308"}) {
    EXPECT_EQ(round_trip(number), number);
  }
  EXPECT_EQ(round_trip(std::string(400, '7')), std::string(400, '7'));
}

TEST(Value, TellsKindsOfNumbersApart) {
  EXPECT_EQ(Value::parse("1")->kind(), Value::Kind::integer);
  EXPECT_EQ(Value::parse("1.0")->kind(), Value::Kind::real);
  EXPECT_EQ(Value::parse("18446744073709551615")->kind(), Value::Kind::unsigned_integer);
  EXPECT_EQ(Value::parse("18446744073709551616")->kind(), Value::Kind::big_number);
  EXPECT_EQ(Value(std::uint64_t{5}), Value(5));
}

TEST(Value, KeepsOrderAndNesting) {
  const std::string json = R"({"b":[1,[],{}],"a":{"c":null,"d":[true,false]},"":""})";
  EXPECT_EQ(round_trip(json), json);
}

TEST(Value, WritesStringsAsUtf8WithFewEscapes) {
  EXPECT_EQ(round_trip(R"("\u00e9\ud83d\ude00\/\n\u0000\u001f\"\\")"),
            "\"é😀/\\n\\u0000\\u001f\\\"\\\\\"");
  const std::string family = "\"👨‍👩‍👧‍👦\"";
  EXPECT_EQ(round_trip(family), family);
}

TEST(Value, TakesAMegabyteOfCombiningMarks) {
  std::string text = "\"e";
  for (int i = 0; i < 500'000; ++i) text += "\u0301";
  text += "\"";
  EXPECT_EQ(round_trip(text), text);
}

TEST(Value, SaysWhatIsWrongAndWhere) {
  const auto error = [](const std::string& json) { return Value::parse(json).error().text(); };
  EXPECT_EQ(error(""), "malformed JSON at byte 0: unexpected end");
  EXPECT_EQ(error("[1,2"), "malformed JSON at byte 4: unexpected end");
  EXPECT_EQ(error("[1 2]"), "malformed JSON at byte 3: expected , or ]");
  EXPECT_EQ(error("[1,]"), "malformed JSON at byte 3: expected a value");
  EXPECT_EQ(error("{\"a\":1,}"), "malformed JSON at byte 7: expected a key in quotes");
  EXPECT_EQ(error("{\"a\" 1}"), "malformed JSON at byte 5: expected : after the key");
  EXPECT_EQ(error("1 1"), "malformed JSON at byte 2: unexpected text after the value");
  EXPECT_EQ(error("\"\\x\""), "malformed JSON at byte 2: unknown escape in a string");
  EXPECT_EQ(error("\"a\nb\""), "malformed JSON at byte 2: control character in a string");
}

TEST(Value, RefusesWhatIsNotJson) {
  for (const std::string json : {"tru",
                                 "nul",
                                 "truex",
                                 "01",
                                 "1.",
                                 ".5",
                                 "+1",
                                 "-",
                                 "1e",
                                 "1e+",
                                 "NaN",
                                 "Infinity",
                                 "'a'",
                                 "\"\\u12",
                                 "\"\\u12g4\"",
                                 "\"",
                                 "{1:2}",
                                 "{\"a\"}",
                                 "]",
                                 "}",
                                 "[}",
                                 "//",
                                 "\xEF\xBB\xBF{}"}) {
    EXPECT_FALSE(Value::parse(json)) << json;
  }
}

TEST(Value, RefusesBytesThatAreNotUtf8) {
  for (const std::string bytes :
       {"\xff\xfe", "\xED\xA0\xBD\xED\xB1\x8F", "\xC0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\x80"}) {
    const auto value = Value::parse("\"" + bytes + "\"");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().reason, "bytes that are not UTF-8");
  }
}

TEST(Value, RefusesLoneSurrogates) {
  for (const std::string text :
       {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\ud83d")", R"("\ud83d\n")"}) {
    EXPECT_FALSE(Value::parse(text)) << text;
  }
}

TEST(Value, RefusesNulOutsideStrings) {
  EXPECT_FALSE(Value::parse(std::string("1\0", 2)));
  EXPECT_FALSE(Value::parse(std::string("[\0]", 3)));
  EXPECT_FALSE(Value::parse(std::string("\"\0\"", 3)));
  EXPECT_FALSE(Value::parse(std::string("\0", 1)));
}

TEST(Value, BoundsTheDepth) {
  const std::string deep(512, '[');
  EXPECT_TRUE(Value::parse(deep + std::string(512, ']')));
  EXPECT_EQ(Value::parse("[" + deep).error().reason, "nested more than 512 levels deep");
  EXPECT_FALSE(Value::parse(std::string(10'000'000, '[')));
}

TEST(Value, FindsTheLastOfSeveralMembers) {
  const auto value = Value::parse(R"({"a":1,"b":2,"a":3})");
  EXPECT_EQ(*value->find("a"), Value(3));
  EXPECT_EQ(value->find("c"), nullptr);
  EXPECT_EQ(Value(1).find("a"), nullptr);
}

}  // namespace
}  // namespace narwhal
