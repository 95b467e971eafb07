#include "adapters/beanstalkd/protocol.h"

#include <gtest/gtest.h>

#include <optional>

namespace narwhal::beanstalkd {
namespace {

// The replies in `bytes`, fed in pieces of `piece`.
std::vector<Reply> parse(std::string_view bytes, std::size_t piece, std::size_t limit = 100'000) {
  ReplyParser parser{limit};
  std::vector<Reply> replies;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    parser.feed(bytes.substr(0, piece));
    Reply reply;
    while (true) {
      auto whole = parser.next(reply);
      EXPECT_TRUE(whole.ok()) << whole.error().text();
      if (!whole.ok() || !*whole) break;
      replies.push_back(reply);
    }
  }
  return replies;
}

std::string error_of(std::string_view bytes) {
  ReplyParser parser{1000};
  parser.feed(bytes);
  Reply reply;
  auto whole = parser.next(reply);
  return whole.ok() ? "" : whole.error().text();
}

}  // namespace

TEST(BeanstalkdProtocol, CommandsAreWrittenAsTheProtocolSays) {
  std::string out;
  append_put(out, {.priority = 4294967295, .delay = 2, .ttr = 30}, "head", "body");
  append_release(out, 18446744073709551615ULL, 1, 2);
  append_bury(out, 7, 3);
  append_reserve(out, 30);
  append_command(out, "watch", "mail");
  append_command(out, "touch", 7);
  append_command(out, "stats");
  EXPECT_EQ(out,
            "put 4294967295 2 30 8\r\nheadbody\r\nrelease 18446744073709551615 1 2\r\n"
            "bury 7 3\r\nreserve-with-timeout 30\r\nwatch mail\r\ntouch 7\r\nstats\r\n");
}

TEST(BeanstalkdProtocol, RepliesAreReadInAnyChunks) {
  const std::string body{"OK 5\r\n\0DELETED\r\n", 16};
  const std::string bytes =
      "RESERVED 42 16\r\n" + body +
      "\r\nDELETED\r\nINSERTED 18446744073709551615\r\nBURIED\r\nBURIED 3\r\n"
      "USING a-tube\r\nOK 0\r\n\r\nFOUND 9 2\r\n\r\n\r\nTIMED_OUT\r\nKICKED 4\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const auto replies = parse(bytes, piece);
    ASSERT_EQ(replies.size(), 10U) << "in pieces of " << piece;
    EXPECT_EQ(replies[0].kind, ReplyKind::reserved);
    EXPECT_EQ(replies[0].id, 42U);
    EXPECT_EQ(replies[0].body, body);
    EXPECT_EQ(replies[1].kind, ReplyKind::deleted);
    EXPECT_EQ(replies[2].id, 18446744073709551615ULL);
    EXPECT_EQ(replies[3].kind, ReplyKind::buried);
    EXPECT_EQ(replies[4].id, 3U);
    EXPECT_EQ(replies[5].kind, ReplyKind::using_tube);
    EXPECT_EQ(replies[6].body, "");
    EXPECT_EQ(replies[7].body, "\r\n");
    EXPECT_EQ(replies[8].kind, ReplyKind::timed_out);
    EXPECT_EQ(replies[9].id, 4U);
  }
}

TEST(BeanstalkdProtocol, ABodyOverTheLimitIsReadPast) {
  const std::string bytes =
      "RESERVED 1 5000\r\n" + std::string(5000, 'x') + "\r\nRESERVED 2 3\r\nabc\r\n";
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{17}, std::size_t{4096}, bytes.size()}) {
    const auto replies = parse(bytes, piece, 100);
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_TRUE(replies[0].skipped);
    EXPECT_EQ(replies[0].body_size, 5000U);
    EXPECT_EQ(replies[0].body, "");
    EXPECT_FALSE(replies[1].skipped);
    EXPECT_EQ(replies[1].body, "abc");
  }
}

TEST(BeanstalkdProtocol, EveryWordOfTheServerIsKnown) {
  for (const std::string word :
       {"DELETED", "RELEASED", "TOUCHED", "NOT_FOUND", "NOT_IGNORED", "TIMED_OUT", "DEADLINE_SOON",
        "JOB_TOO_BIG", "EXPECTED_CRLF", "DRAINING", "OUT_OF_MEMORY", "INTERNAL_ERROR", "BAD_FORMAT",
        "UNKNOWN_COMMAND", "BURIED", "KICKED"}) {
    const auto replies = parse(word + "\r\n", 1);
    ASSERT_EQ(replies.size(), 1U) << word;
    EXPECT_EQ(word_of(replies[0].kind), word);
  }
}

TEST(BeanstalkdProtocol, WhatIsNotTheProtocolIsAnErrorThatShowsIt) {
  EXPECT_NE(error_of("HTTP/1.1 400 Bad Request\r\n").find("HTTP/1.1 400"), std::string::npos);
  EXPECT_NE(error_of("RESERVED 1\r\n"), "");
  EXPECT_NE(error_of("RESERVED x 1\r\n"), "");
  EXPECT_NE(error_of("RESERVED 1 -1\r\n"), "");
  EXPECT_NE(error_of("RESERVED 1 99999999999999999999\r\n"), "");
  EXPECT_NE(error_of("RESERVED 1 18446744073709551615\r\n"), "");
  EXPECT_NE(error_of("INSERTED 1 2\r\n"), "");
  EXPECT_NE(error_of("DELETED 1\r\n"), "");
  EXPECT_NE(error_of("OK 3\r\nabcde"), "");
  EXPECT_NE(error_of("\r\n"), "");
  EXPECT_NE(error_of(std::string(5000, 'a')), "");
  EXPECT_EQ(error_of("DELETED\x1b[31m\r\n").find('\x1b'), std::string::npos);
}

}  // namespace narwhal::beanstalkd
