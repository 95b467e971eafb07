#include "narwhal/codec.h"

#include <gtest/gtest.h>

#include "narwhal/fields.h"
#include "narwhal/job_errors.h"

namespace {

struct Size {
  int width = 0;
  int height = 0;
  std::optional<std::string> unit;
};
NARWHAL_FIELDS(Size, width, height, unit)

struct Image {
  std::string path;
  std::vector<Size> sizes;
};
NARWHAL_FIELDS(Image, path, sizes)

enum class Colour { red, green };

}  // namespace

template <>
struct narwhal::Codec<Colour> {
  static std::string name() { return "Colour"; }
  static Colour decode(const Value& value, const Place& place) {
    if (value == Value("red")) return Colour::red;
    if (value == Value("green")) return Colour::green;
    place.expected("red or green", value);
  }
  static Value encode(Colour colour, const Place&) {
    return colour == Colour::red ? "red" : "green";
  }
};

namespace narwhal {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::system_clock;
using std::chrono::year;

template <typename T>
Place place() {
  return Place::argument("Greet", 2, &Codec<T>::name);
}

template <typename T>
T decode(const std::string& json) {
  return Codec<T>::decode(Value::parse(json).value(), place<T>());
}

template <typename T>
std::string error(const std::string& json) {
  try {
    decode<T>(json);
  } catch (const ArgumentError& error) {
    return error.what();
  }
  return "no error";
}

template <typename T>
std::string encode(const T& value) {
  return Codec<T>::encode(value, place<T>()).to_json();
}

// What a type becomes when it is written and read again.
template <typename T>
T there_and_back(const T& value) {
  return decode<T>(encode(value));
}

TEST(Codec, IntegersOfEveryWidthKeepTheirRange) {
  EXPECT_EQ(decode<std::int8_t>("-128"), -128);
  EXPECT_EQ(decode<std::uint8_t>("255"), 255);
  EXPECT_EQ(decode<std::int16_t>("32767"), 32767);
  EXPECT_EQ(decode<std::int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(decode<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(error<int>("5000000000"),
            "Greet#perform argument 2 (int): expected an integer from -2147483648 to 2147483647, "
            "got 5000000000");
  EXPECT_EQ(error<std::uint8_t>("-1"),
            "Greet#perform argument 2 (std::uint8_t): expected an integer from 0 to 255, got -1");
  EXPECT_EQ(error<std::int64_t>("9223372036854775808"),
            "Greet#perform argument 2 (std::int64_t): expected an integer from "
            "-9223372036854775808 to 9223372036854775807, got 9223372036854775808");
  EXPECT_NE(error<unsigned long>("18446744073709551616"), "no error");
}

TEST(Codec, SaysWhatItGotInstead) {
  const std::string expected =
      "Greet#perform argument 2 (int): expected an integer from -2147483648 to 2147483647, got ";
  EXPECT_EQ(error<int>("1.0"), expected + "1.0");
  EXPECT_EQ(error<int>("null"), expected + "null");
  EXPECT_EQ(error<int>("true"), expected + "true");
  EXPECT_EQ(error<int>("\"1\""), expected + "the string \"1\"");
  EXPECT_EQ(error<int>("[1]"), expected + "an array of 1 element");
  EXPECT_EQ(error<int>("{\"a\":1,\"b\":2}"), expected + "an object with 2 keys");
  EXPECT_LT(error<int>("\"" + std::string(100'000, 'x') + "\"").size(), 250U);
  EXPECT_LT(error<int>(std::string(1000, '1')).size(), 250U);
}

TEST(Codec, DoublesTakeIntegersTheyCanHold) {
  EXPECT_EQ(decode<double>("0.1"), 0.1);
  EXPECT_EQ(decode<double>("3"), 3.0);
  EXPECT_EQ(decode<double>("9007199254740992"), 9007199254740992.0);
  EXPECT_EQ(decode<double>("18446744073709549568"), 18446744073709549568.0);
  EXPECT_NE(error<double>("9007199254740993"), "no error");
  EXPECT_NE(error<double>("18446744073709551615"), "no error");
  EXPECT_NE(error<double>("1e400"), "no error");
  EXPECT_EQ(decode<float>("0.5"), 0.5F);
  EXPECT_NE(error<float>("1e39"), "no error");
  EXPECT_THROW(encode(std::numeric_limits<double>::infinity()), ArgumentError);
  EXPECT_THROW(encode(std::numeric_limits<double>::quiet_NaN()), ArgumentError);
}

TEST(Codec, BoolsAreOnlyTrueAndFalse) {
  EXPECT_TRUE(decode<bool>("true"));
  EXPECT_NE(error<bool>("1"), "no error");
  EXPECT_NE(error<bool>("\"true\""), "no error");
}

TEST(Codec, StringsAreUtf8) {
  EXPECT_EQ(decode<std::string>(R"("a\u0000é")"), std::string("a\0é", 4));
  EXPECT_EQ(encode(std::string("a\0é", 4)), R"("a\u0000é")");
  try {
    encode(std::string("ab\xff"));
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_STREQ(error.what(), "Greet#perform argument 2 (std::string): not UTF-8 at byte 2");
  }
}

TEST(Codec, ContainersNest) {
  using Table = std::map<std::string, std::vector<std::optional<int>>>;
  const Table table{{"a", {1, std::nullopt}}, {"b", {}}};
  EXPECT_EQ(encode(table), R"({"a":[1,null],"b":[]})");
  EXPECT_EQ(there_and_back(table), table);
  EXPECT_EQ(error<Table>(R"({"a":[1,"x"]})"),
            "Greet#perform argument 2 (std::map<std::string, std::vector<std::optional<int>>>), "
            "key \"a\", element 2: expected an integer from -2147483648 to 2147483647, "
            "got the string \"x\"");
}

TEST(Codec, FixedLengthsMustMatch) {
  using Pair = std::pair<std::string, int>;
  using Triple = std::array<double, 3>;
  EXPECT_EQ(decode<Pair>("[\"a\",1]"), Pair("a", 1));
  EXPECT_EQ(there_and_back(Triple{1, 2, 3}), (Triple{1, 2, 3}));
  EXPECT_EQ(error<Pair>("[\"a\"]"),
            "Greet#perform argument 2 (std::pair<std::string, int>): expected an array of 2 "
            "elements, got an array of 1 element");
  EXPECT_NE(error<Triple>("[1,2,3,4]"), "no error");
  EXPECT_EQ((decode<std::tuple<>>("[]")), std::tuple<>());
}

TEST(Codec, StructsAreObjectsWithKnownKeys) {
  const auto size = decode<Size>(R"({"height":2,"width":1})");
  EXPECT_EQ(size.width, 1);
  EXPECT_EQ(size.height, 2);
  EXPECT_FALSE(size.unit);
  EXPECT_EQ(error<Size>(R"({"width":1})"),
            "Greet#perform argument 2 (Size): missing key \"height\"");
  EXPECT_EQ(error<Size>(R"({"width":1,"hieght":2})"),
            "Greet#perform argument 2 (Size): unknown key \"hieght\" (known: width, height, unit)");
  EXPECT_EQ(error<Size>("[]"),
            "Greet#perform argument 2 (Size): expected an object, got an array of 0 elements");
  EXPECT_EQ(error<Image>(R"({"path":"p","sizes":[{"width":1,"height":null}]})"),
            "Greet#perform argument 2 (Image), key \"sizes\", element 1, key \"height\": expected "
            "an integer from -2147483648 to 2147483647, got null");
}

TEST(Codec, StructsAreRubysKeywordArguments) {
  EXPECT_EQ(encode(Size{1, 2, std::nullopt}),
            R"({"width":1,"height":2,"unit":null,"_aj_ruby2_keywords":["width","height","unit"]})");
  EXPECT_EQ(decode<Size>(R"({"width":1,"height":2,"_aj_symbol_keys":["width"]})").width, 1);
  EXPECT_EQ(there_and_back(Image{"p", {{1, 2, "cm"}}}).sizes[0].unit, "cm");
}

TEST(Codec, TypesOfTheUsersOwn) {
  EXPECT_EQ(there_and_back(std::vector{Colour::red, Colour::green}),
            (std::vector{Colour::red, Colour::green}));
  EXPECT_EQ(error<Colour>("\"blue\""),
            "Greet#perform argument 2 (Colour): expected red or green, got the string \"blue\"");
}

TEST(Codec, MarkerKeysOfRubyHashesAreNoEntries) {
  using Table = std::map<std::string, int>;
  const std::string json =
      R"({"a":1,"_aj_hash_with_indifferent_access":true,"_aj_symbol_keys":[]})";
  EXPECT_EQ(decode<Table>(json), (Table{{"a", 1}}));
  EXPECT_EQ(decode<Value>(json).to_json(), json);
  EXPECT_THROW(encode(Table{{"_aj_symbol_keys", 1}}), ArgumentError);
  EXPECT_THROW(encode(Table{{"_aj_serialized", 1}}), ArgumentError);
}

std::string ruby(const std::string& type, const std::string& value) {
  return R"({"_aj_serialized":"ActiveJob::Serializers::)" + type + R"(Serializer","value":)" +
         value + "}";
}

TEST(Codec, RubyObjectsWithACppTypeAreThatType) {
  EXPECT_EQ(decode<std::string>(ruby("Symbol", "\"ok\"")), "ok");
  const system_clock::time_point noon = sys_days(year{2024} / 2 / 29) + 12h + 5ns;
  for (const std::string type : {"Time", "DateTime", "TimeWithZone"}) {
    EXPECT_EQ(
        decode<system_clock::time_point>(ruby(type, "\"2024-02-29T13:00:00.000000005+01:00\"")),
        noon);
  }
  EXPECT_EQ(decode<system_clock::time_point>("\"2024-02-29T12:00:00.000000005Z\""), noon);
  EXPECT_EQ(there_and_back(noon), noon);
  EXPECT_EQ(there_and_back(std::chrono::time_point_cast<std::chrono::seconds>(noon)), noon - 5ns);
  EXPECT_EQ(decode<std::chrono::year_month_day>(ruby("Date", "\"2024-02-29\"")),
            year{2024} / 2 / 29);
  EXPECT_EQ(there_and_back(year{2024} / 2 / 29), year{2024} / 2 / 29);
  EXPECT_NE(error<std::chrono::year_month_day>("\"2023-02-29\""), "no error");
}

TEST(Codec, DurationsAreSeconds) {
  EXPECT_EQ(decode<std::chrono::seconds>(ruby("Duration", "300")), 5min);
  EXPECT_EQ(decode<std::chrono::milliseconds>("0.1"), 100ms);
  EXPECT_EQ(decode<std::chrono::minutes>("120"), 2min);
  EXPECT_EQ(decode<std::chrono::duration<double>>("1.25").count(), 1.25);
  EXPECT_EQ(there_and_back(1500ms), 1500ms);
  EXPECT_EQ(there_and_back(std::chrono::seconds::max()), std::chrono::seconds::max());
  EXPECT_NE(error<std::chrono::seconds>("1.5"), "no error");
  EXPECT_NE(error<std::chrono::minutes>("61"), "no error");
  EXPECT_NE(error<std::chrono::seconds>("\"5s\""), "no error");
}

TEST(Codec, RubyObjectsWithoutACppTypeSaySo) {
  EXPECT_EQ(error<double>(ruby("BigDecimal", "\"0.1e1\"")),
            "Greet#perform argument 2 (double): expected a number that a double can hold, got a "
            "Ruby object (ActiveJob::Serializers::BigDecimalSerializer)");
  EXPECT_EQ(error<std::string>(R"({"_aj_globalid":"gid://app/User/1"})"),
            "Greet#perform argument 2 (std::string): expected a string, got the record "
            "gid://app/User/1, which only Ruby can look up");
  EXPECT_NE((error<std::map<std::string, Value>>(ruby("Range", "1"))), "no error");
  EXPECT_NE(error<Size>(R"({"_aj_globalid":"gid://app/User/1"})"), "no error");
  EXPECT_NE(error<std::string>(R"({"_aj_serialized":"Serializer","value":"x"})"), "no error");
}

}  // namespace
}  // namespace narwhal
