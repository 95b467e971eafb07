#include "adapters/redis/json_text.h"

#include <gtest/gtest.h>

#include "adapters/redis/job_notes.h"

namespace narwhal::redis {
namespace {

TEST(JsonObject, FindsMembersAsTheyAreWritten) {
  const std::string text =
      R"( { "a" : 9007199254740993 , "b":[1,{"a":"]}"}], "c":"x\"y\\", "d":{}, "a":-1e400 } )";
  const auto object = JsonObject::read(text);
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->get("a"), "-1e400");
  EXPECT_EQ(object->get("b"), R"([1,{"a":"]}"}])");
  EXPECT_EQ(object->text("c"), "x\"y\\");
  EXPECT_EQ(object->get("d"), "{}");
  EXPECT_FALSE(object->get("e").has_value());
}

TEST(JsonObject, OtherTextsAreNone) {
  for (const std::string text :
       {"", " ", "[]", "null", "\"x\"", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}",
        "{\"a\" 1}", "{} x", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":[}", "\xff\xfe", "{:1}"}) {
    const bool sound = JsonObject::read(text).has_value();
    EXPECT_FALSE(sound) << text;
  }
}

TEST(JsonObject, NestingOfAnyDepthIsNoTrouble) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const std::string text = "{\"a\":" + deep + "}";
  const auto object = JsonObject::read(text);
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->get("a")->size(), deep.size());
}

TEST(JsonObject, EditsLeaveTheRestByteForByte) {
  const std::string text = R"({"args":[ 1.0, 130775545883395173,[] ],"x":"\u00fc","n":1})";
  const auto object = JsonObject::read(text);
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->with({}), text);
  EXPECT_EQ(object->with({{"n", "2"}, {"x", std::nullopt}, {"new", "\"y\""}}),
            R"({"args":[ 1.0, 130775545883395173,[] ],"n":2,"new":"y"})");
  EXPECT_EQ(JsonObject{}.with({{"a", "1"}}), R"({"a":1})");
}

TEST(JsonArray, GivesItsEnds) {
  EXPECT_EQ(json_first(R"([ {"a":[1]} , 2])"), R"({"a":[1]})");
  EXPECT_EQ(json_last(R"([1,2, "x" ])"), R"("x")");
  EXPECT_FALSE(json_first("[]").has_value());
  EXPECT_FALSE(json_first("{}").has_value());
  EXPECT_FALSE(json_last("[1,").has_value());
}

TEST(JsonString, IsDecoded) {
  EXPECT_EQ(json_decode(R"("a\n\t\"\\\/\u00e9\ud83d\ude00")"), "a\n\t\"\\/é😀");
  EXPECT_EQ(json_decode(R"("\ud83d!")"), "\xef\xbf\xbd!");
  EXPECT_FALSE(json_decode("x").has_value());
  EXPECT_FALSE(json_decode(R"("\u12")").has_value());
}

TEST(JsonString, AnyBytesAreQuotedAsUtf8) {
  EXPECT_EQ(json_quote("a\"\\\n\x01é"), "\"a\\\"\\\\\\u000a\\u0001é\"");
  EXPECT_EQ(json_quote("\xff\xed\xa0\xbd\xc0\x80"),
            "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  std::string every;
  for (int byte = 0; byte < 128; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(json_decode(json_quote(every)), every);
}

TEST(JobNotes, ComeBackAsTheyWereWritten) {
  JobNotes notes;
  notes.id = "id \"1\"";
  notes.counters = {1, 2, 3};
  notes.history = R"([{"a":"b"}])";
  const std::string text = "{\"narwhal\":" + notes.write() + "}";
  const JobNotes read = JobNotes::read(*JsonObject::read(text));
  EXPECT_EQ(read.id, notes.id);
  EXPECT_EQ(read.counters, notes.counters);
  EXPECT_EQ(read.history, notes.history);
}

TEST(LastError, IsTheNewestRuns) {
  const LastError error = LastError::of(
      R"([{"error_class":"Old"},{"error_class":"New","message":"no \"luck\"","backtrace":"a\nb"}])",
      "");
  EXPECT_EQ(error.error_class, R"("New")");
  EXPECT_EQ(error.message, R"("no \"luck\"")");
  EXPECT_EQ(error.backtrace, "a\nb");
  EXPECT_EQ(LastError::of("", "why").message, R"("why")");
  EXPECT_EQ(LastError::of(R"([{"outcome":"crashed"}])", "").error_class,
            R"("Narwhal::WorkerDied")");
}

}  // namespace
}  // namespace narwhal::redis
