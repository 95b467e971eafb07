// What nodes of a cluster say, and what keys they can serve: text alone.
#include <gtest/gtest.h>

#include "adapters/redis/cluster.h"

namespace narwhal::redis {
namespace {

ReplyPtr reply_of(const std::string& bytes) {
  ReplyReader reader;
  EXPECT_TRUE(reader.feed(bytes.data(), bytes.size(), 10'000).ok());
  auto reply = reader.next();
  EXPECT_TRUE(reply.ok());
  return std::move(*reply);
}

TEST(HashTag, IsWhatTheFirstBracesHold) {
  EXPECT_EQ(hash_tag("{jobs}:"), "jobs");
  EXPECT_EQ(hash_tag("app:{a}{b}:"), "a");
  EXPECT_EQ(hash_tag("{{a}}:"), "{a");
  // Such keys are hashed whole.
  for (const auto* none : {"", "jobs:", "{}:", "{}{a}:", "}{:", "{a", "a}"}) {
    EXPECT_EQ(hash_tag(none), "") << none;
  }
}

TEST(ClusterMistake, SaysWhatToWrite) {
  const std::vector<std::pair<std::string, std::string>> prefixes = {
      {"", "prefix = \"{jobs}:\""},
      {"app:", "prefix = \"{app}:\""},
      {"{}", "prefix = \"{jobs}:\""}};
  Location location;
  for (const auto& [prefix, advice] : prefixes) {
    location.prefix = prefix;
    EXPECT_NE(cluster_mistake(location).find(advice), std::string::npos) << prefix;
  }
  location.prefix = "resque:";
  location.format = FormatKind::resque;
  EXPECT_NE(cluster_mistake(location).find("prefix = \"{resque}:\""), std::string::npos);
  EXPECT_NE(cluster_mistake(location).find("application"), std::string::npos);
  location.prefix = "{resque}:";
  EXPECT_EQ(cluster_mistake(location), "");
}

TEST(Moved, NamesThePlace) {
  const HostPort asked{"asked", 1};
  EXPECT_EQ(moved_to("MOVED 3999 10.0.0.1:6381", asked), (HostPort{"10.0.0.1", 6381}));
  EXPECT_EQ(moved_to("MOVED 3999 ::1:6381", asked), (HostPort{"::1", 6381}));
  EXPECT_EQ(moved_to("MOVED 3999 node.example:6381", asked), (HostPort{"node.example", 6381}));
  EXPECT_EQ(moved_to("MOVED 3999 :6381", asked), (HostPort{"asked", 6381}));
  for (const auto* none : {"MOVED", "MOVED 3999", "MOVED 3999 ?:6381", "MOVED 3999 h:0",
                           "MOVED 3999 h:70000", "MOVED 3999 h:x", "ASK 3999 h:1", "ERR"}) {
    EXPECT_FALSE(moved_to(none, asked)) << none;
  }
}

TEST(Moved, EndsTheSessionAsAllElsewhereDoes) {
  for (const auto* error :
       {"MOVED 1 h:1", "ASK 1 h:1", "TRYAGAIN Multiple keys", "CLUSTERDOWN The"}) {
    EXPECT_TRUE(is_elsewhere(error)) << error;
    EXPECT_TRUE(ends_session(error)) << error;
    EXPECT_EQ(reply_error("", error).kind, ErrorKind::unavailable) << error;
  }
  EXPECT_FALSE(is_elsewhere("CROSSSLOT Keys in request don't hash to the same slot"));
}

TEST(Nodes, AreReadMastersFirstAndOnce) {
  const auto reply = reply_of(
      "*2\r\n"
      "*4\r\n:0\r\n:8\r\n*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nr\r\n:3\r\n"
      "*5\r\n:9\r\n:16383\r\n*4\r\n$1\r\nb\r\n:2\r\n$2\r\nid\r\n*0\r\n*2\r\n$-1\r\n:4\r\n"
      "*2\r\n$1\r\na\r\n:1\r\n");
  EXPECT_EQ(nodes_in(*reply, {"asked", 9}),
            (std::vector<HostPort>{{"a", 1}, {"b", 2}, {"r", 3}, {"asked", 4}}));
  EXPECT_TRUE(
      nodes_in(*reply_of("-ERR This instance has cluster support disabled\r\n"), {}).empty());
  EXPECT_TRUE(nodes_in(*reply_of("*3\r\n*1\r\n:0\r\n:7\r\n*3\r\n:0\r\n:1\r\n*1\r\n$1\r\nx\r\n"), {})
                  .empty());
}

}  // namespace
}  // namespace narwhal::redis
