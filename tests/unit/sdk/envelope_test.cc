#include "sdk/envelope.h"

#include <gtest/gtest.h>

#include "tests/unit/sdk/run_job.h"

namespace narwhal::sdk {
namespace {

using namespace std::chrono_literals;

std::string problem(const std::string& text) {
  Envelope envelope;
  const auto read = envelope.read(text);
  return read ? "" : read.error().text();
}

EnvelopeChanges changes() {
  EnvelopeChanges changed;
  changed.executions = 3;
  changed.exception_executions = Value::Object{{"[E]", 2}};
  changed.enqueued_at = WallNanos(1s);
  changed.scheduled_at = WallNanos(2s + 5ns);
  return changed;
}

TEST(Envelope, ReadsActiveJobsForm) {
  const std::string text =
      R"({"job_class":"Mailers::Welcome","job_id":"7c2b","provider_job_id":null,)"
      R"("queue_name":"mail","priority":-3,"arguments":["a",{"k":[1.5]}],"executions":2,)"
      R"("exception_executions":{"[StandardError]":1},"locale":"de","timezone":"Mars/Olympus",)"
      R"("enqueued_at":"2026-01-02T03:04:05Z","scheduled_at":1.5,"extra":[{"x":1}]})";
  Envelope envelope;
  ASSERT_TRUE(envelope.read(text));
  EXPECT_EQ(envelope.job_class, "Mailers::Welcome");
  EXPECT_EQ(envelope.job_id, "7c2b");
  EXPECT_EQ(envelope.queue_name, "mail");
  EXPECT_EQ(envelope.priority, -3);
  EXPECT_EQ(envelope.executions, 2);
  EXPECT_EQ(envelope.enqueued_at, "2026-01-02T03:04:05Z");
  EXPECT_EQ(Value(envelope.arguments).to_json(), R"(["a",{"k":[1.5]}])");
  EXPECT_EQ(envelope.exception_executions().to_json(), R"({"[StandardError]":1})");
}

TEST(Envelope, NeedsLittle) {
  Envelope envelope;
  ASSERT_TRUE(envelope.read(R"({"job_class":"A"})"));
  EXPECT_TRUE(envelope.arguments.empty());
  EXPECT_EQ(envelope.executions, 0);
  EXPECT_FALSE(envelope.priority);
  EXPECT_EQ(problem(R"({"job_class":"A","job_id":null,"queue_name":null,"priority":null,)"
                    R"("executions":null,"exception_executions":null,"enqueued_at":null})"),
            "");
}

TEST(Envelope, SaysWhyItIsNoJob) {
  EXPECT_EQ(problem(""), "unexpected end at byte 0");
  EXPECT_EQ(problem("[]"), "the payload is not an object at byte 0");
  EXPECT_EQ(problem(" null"), "the payload is not an object at byte 1");
  EXPECT_EQ(problem("{}"), "no job_class at byte 0");
  EXPECT_EQ(problem(R"({"job_class":null})"), "job_class is not a string at byte 13");
  EXPECT_EQ(problem(R"({"job_class":{}})"), "job_class is not a string at byte 13");
  EXPECT_EQ(problem(R"({"job_class":"A","arguments":{}})"), "arguments is not an array at byte 29");
  EXPECT_EQ(problem(R"({"job_class":"A","arguments":null})"),
            "arguments is not an array at byte 29");
  EXPECT_EQ(problem(R"({"job_class":"A","priority":3000000000})"),
            "priority is not a 32-bit integer at byte 28");
  EXPECT_EQ(problem(R"({"job_class":"A","executions":"2"})"),
            "executions is not a 32-bit integer at byte 30");
  EXPECT_EQ(problem(R"({"job_class":"A","job_id":7})"), "job_id is not a string at byte 26");
  EXPECT_EQ(problem(R"({"job_class":"A"} x)"), "unexpected text after the value at byte 18");
  EXPECT_EQ(problem(R"({"job_class":"A","x":)" + std::string(100'000, '[')),
            "nested more than 512 levels deep at byte 532");
}

TEST(Envelope, ForgetsThePreviousJob) {
  Envelope envelope;
  ASSERT_TRUE(envelope.read(test::payload("A", "[1,2]", R"("executions":4)")));
  ASSERT_TRUE(envelope.read(R"({"job_class":"B"})"));
  EXPECT_EQ(envelope.job_id, "");
  EXPECT_EQ(envelope.executions, 0);
  EXPECT_TRUE(envelope.arguments.empty());
}

TEST(Envelope, TheLastOfTwoMembersCounts) {
  Envelope envelope;
  ASSERT_TRUE(
      envelope.read(R"({"job_class":"A","arguments":[1],"arguments":[2],"job_class":"B"})"));
  EXPECT_EQ(envelope.job_class, "B");
  EXPECT_EQ(Value(envelope.arguments).to_json(), "[2]");
}

TEST(Envelope, RewritesNothingButWhatChanges) {
  const std::string text =
      "{ \"job_class\" : \"A\",\n\t\"arguments\":[ 1e400, 9007199254740993 ,\"\\u00e9\", 1.10 ],"
      "\"executions\":2, \"exception_executions\":{},\"priority\":7,\"queue_name\":\"q\","
      "\"enqueued_at\":null,\"scheduled_at\" : null,\"unknown\":{\"a\" : 1} }";
  Envelope envelope;
  ASSERT_TRUE(envelope.read(text));
  EXPECT_EQ(envelope.rewritten(changes()),
            "{\"job_class\" : \"A\",\"arguments\":[ 1e400, 9007199254740993 ,\"\\u00e9\", 1.10 ],"
            "\"executions\":3,\"exception_executions\":{\"[E]\":2},\"priority\":7,"
            "\"queue_name\":\"q\",\"enqueued_at\":\"1970-01-01T00:00:01.000000000Z\","
            "\"scheduled_at\" : \"1970-01-01T00:00:02.000000005Z\",\"unknown\":{\"a\" : 1}}");
}

TEST(Envelope, AddsMembersThatAreMissing) {
  EnvelopeChanges changed = changes();
  changed.queue = "other";
  changed.priority = 9;
  Envelope envelope;
  ASSERT_TRUE(envelope.read(R"({"job_class":"A"})"));
  const std::string rewritten = envelope.rewritten(changed);
  Envelope again;
  ASSERT_TRUE(again.read(rewritten)) << rewritten;
  EXPECT_EQ(again.executions, 3);
  EXPECT_EQ(again.queue_name, "other");
  EXPECT_EQ(again.priority, 9);
}

}  // namespace
}  // namespace narwhal::sdk
