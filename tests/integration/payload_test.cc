// Field cases P68 to P71 and P82: bytes that jobs are made of, and what jobs print.
#include <fmt/format.h>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

TEST_F(FieldCase, P68_MalformedJsonIsDeadWithItsBytes) {
  const std::vector<std::string> bad = {"",
                                        " ",
                                        "{",
                                        "[]",
                                        "null",
                                        "\"x\"",
                                        R"({"job_class":"NoOp","argu)",
                                        class_payload("NoOp", "[null]") + "x",
                                        std::string(std::size_t{10} << 20, '[')};
  std::vector<std::string> ids;
  for (const std::string& payload : bad) ids.push_back(queue.add_payload(payload));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(eventually([&] { return queue.dead().size() == bad.size(); })) << daemon.log();
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const DeadLetter letter = dead_letter(ids[i]);
    EXPECT_TRUE(letter.payload == bad[i]) << "payload " << i;
    EXPECT_EQ(letter.counters.attempts + letter.counters.crashes, 0U);
    EXPECT_FALSE(letter.reason.empty());
  }
  EXPECT_EQ(daemon.workers_ready(2), true);
  EXPECT_EQ(daemon.log_count("worker ready"), 2);  // nobody had to be replaced
  EXPECT_EQ(daemon.end(SIGTERM), 0);
  EXPECT_NE(daemon.log().find(fmt::format("dead={}", bad.size())), std::string::npos);
}

TEST_F(FieldCase, P69_BytesThatAreNotUtf8) {
  config.set("retry.max_attempts", 1);
  const std::string raw_nul = std::string("[\"a") + '\0' + "b\"]";
  const std::vector<std::string> bad = {"[\"\xff\xfe\"]", "[\"\xed\xa0\xbd\xed\xb1\x8f\"]",
                                        R"(["\ud83d"])", raw_nul};
  std::vector<std::string> ids;
  for (const std::string& arguments : bad) ids.push_back(queue.add("NoOp", arguments));
  const std::string bytes = queue.add("Throw", R"(["bytes"])");
  Daemon& daemon = start_ready();
  for (const std::string& id : ids) ASSERT_TRUE(dies(id)) << daemon.log();
  ASSERT_TRUE(dies(bytes)) << daemon.log();
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(dead_letter(ids[i]).payload, class_payload("NoOp", bad[i], ids[i])) << i;
  }
  for (const char c : daemon.log()) {
    ASSERT_TRUE(static_cast<unsigned char>(c) < 0x80 && (c >= ' ' || c == '\n')) << int{c};
  }
}

TEST_F(FieldCase, P69_UnusualTextArrivesUnchanged) {
  std::string combining = "e";
  for (int i = 0; i < 500'000; ++i) combining += "\xcc\x81";
  const std::vector<std::string> good = {
      "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466", combining};
  for (const std::string& text : good) {
    queue.add("Echo", fmt::format("[{},\"{}\"]", in_quotes(file("echo")), text));
  }
  queue.add("Echo", fmt::format(R"([{},"nul \u0000 in it"])", in_quotes(file("escaped"))));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_TRUE(queue.dead().empty());
  std::vector<std::string> lines = read_lines(file("echo"));
  std::sort(lines.begin(), lines.end(),
            [](const auto& a, const auto& b) { return a.size() < b.size(); });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "\"" + good[0] + "\"");
  EXPECT_TRUE(lines[1] == "\"" + good[1] + "\"");
  EXPECT_EQ(read_file(file("escaped")), "\"nul \\u0000 in it\"\n");
}

TEST_F(FieldCase, P70_LargeIntegersKeepTheirValue) {
  const std::string numbers = "[130775545883395173,9007199254740993,-9223372036854775808]";
  config.set("retry.max_attempts", 2);
  // At once, after a delay, and as a dead letter after a retry.
  const std::string arguments = fmt::format("[{},{}]", in_quotes(file("echo")), numbers);
  queue.add("Echo", arguments);
  NewJob delayed;
  delayed.payload = class_payload("Echo", arguments);
  delayed.run_at = SystemClock().wall_now() + 200ms;
  queue.add(delayed);
  const std::string digits = "[1e400," + std::string(100, '9') + ",130775545883395173]";
  const std::string failing = queue.add("Sleep", digits);
  start_ready();
  ASSERT_TRUE(dies(failing));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(read_file(file("echo")), numbers + "\n" + numbers + "\n");
  EXPECT_EQ(dead_letter(failing).payload, class_payload("Sleep", digits, failing));
}

TEST_F(FieldCase, P71_OnlyAWorkerCanBeHurtByAPayload) {
  std::string nested = "[";
  for (int i = 0; i < 100'000; ++i) nested += '[';
  for (int i = 0; i < 100'000; ++i) nested += ']';
  nested += ']';
  const std::string deep = queue.add("NoOp", nested);
  queue.add("NoOp", "[\"" + std::string(std::size_t{62} << 20, 'y') + "\"]");
  Daemon& daemon = start_ready();
  const std::string next = queue.add("Marker", marker());
  ASSERT_TRUE(marked(next, "end"));
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_TRUE(daemon.running());
  EXPECT_EQ(dead_letter(deep).payload, class_payload("NoOp", nested, deep));
}

TEST_F(FieldCase, P82_WhatJobsPrintGoesToTheLog) {
  for (const char* how : {"printf", "cout", "cerr", "write", "noise"}) {
    queue.add("Print", fmt::format(R"(["{0}","printed by {0}",10])", how));
  }
  Daemon& daemon = start_ready();
  ASSERT_TRUE(eventually([&] { return daemon.log_count("job done") == 5; })) << daemon.log();
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
  // Without the line feeds: cerr is not buffered, so another worker's text may come before its own.
  for (const char* how : {"printf", "cout", "cerr", "write"}) {
    EXPECT_EQ(daemon.log_count(fmt::format("printed by {}", how)), 10) << how;
  }
  EXPECT_EQ(daemon.log_count("lease lost"), 0);
}

TEST_F(FieldCase, P82_JobThatClosesItsChannelFailsAlone) {
  config.set("retry.crash_limit", 2);
  const std::string job = queue.add("CloseDescriptors", "[3]");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(job)) << daemon.log();
  EXPECT_EQ(dead_letter(job).counters.crashes, 2U);
  queue.add_many(20, "Marker", marker());
  EXPECT_TRUE(all_marked(20, "end"));
  EXPECT_TRUE(queue_empties());
}

}  // namespace
}  // namespace narwhal::test
