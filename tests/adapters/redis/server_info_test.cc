#include "adapters/redis/server_info.h"

#include <gtest/gtest.h>

#include "adapters/redis/resp.h"

namespace narwhal::redis {
namespace {

TEST(ServerInfo, IsReadFromTheAnswer) {
  const auto server = ServerInfo::parse(
      "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:abc\r\n"
      "# Memory\r\nmaxmemory_policy:noeviction\r\n# Replication\r\nrole:master\r\n");
  EXPECT_EQ(server.run_id, "abc");
  EXPECT_TRUE(server.usable({}).ok());
  EXPECT_EQ(server.warning(), "");
}

TEST(ServerInfo, NothingKnownIsNoReasonToRefuse) {
  EXPECT_TRUE(ServerInfo::parse("").usable({}).ok());
  EXPECT_EQ(ServerInfo::parse("").warning(), "");
}

TEST(ServerInfo, ReplicasAndClustersWithoutATagAreRefusedAndEvictionIsWarnedOf) {
  EXPECT_FALSE(ServerInfo::parse("\nrole:slave\r\n").usable({}).ok());
  EXPECT_FALSE(ServerInfo::parse("\ncluster_enabled:1\r\n").usable({}).ok());
  EXPECT_NE(ServerInfo::parse("\nmaxmemory_policy:allkeys-lru\r\n").warning().find("allkeys-lru"),
            std::string::npos);
}

TEST(ErrorReplies, ThoseOfTheSessionAreToldFromThoseOfACommand) {
  for (const auto* text :
       {"LOADING Redis is loading", "READONLY You can't write", "NOAUTH Authentication required.",
        "ERR Error running script (call to f_x): -READONLY You can't write"}) {
    EXPECT_TRUE(ends_session(text)) << text;
  }
  EXPECT_FALSE(ends_session("OOM command not allowed"));
  EXPECT_FALSE(ends_session("ERR LOADING is not the first word"));
  EXPECT_EQ(reply_error("", "WRONGPASS invalid").kind, ErrorKind::refused);
  EXPECT_EQ(reply_error("", "OOM command not allowed").kind, ErrorKind::unavailable);
}

TEST(ReplyReader, TakesAnyChunkingAndRefusesNonsense) {
  ReplyReader reader;
  const std::string whole{"*2\r\n$3\r\na\0b\r\n:7\r\n+OK\r\n", 22};
  int replies = 0;
  for (const char byte : whole) {
    ASSERT_TRUE(reader.feed(&byte, 1, 1000).ok());
    auto reply = reader.next();
    ASSERT_TRUE(reply.ok());
    replies += *reply != nullptr ? 1 : 0;
  }
  EXPECT_EQ(replies, 2);
  ReplyReader other;
  ASSERT_TRUE(other.feed("$-2\r\n", 5, 1000).ok());
  EXPECT_FALSE(other.next().ok());
}

TEST(ReplyReader, StopsReadingWhatIsTooLarge) {
  ReplyReader reader;
  const std::string claim = "$2147483648\r\n";
  ASSERT_TRUE(reader.feed(claim.data(), claim.size(), 1000).ok());
  ASSERT_TRUE(reader.next().ok());
  const std::string more(2000, 'x');
  const auto fed = reader.feed(more.data(), more.size(), 1000);
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().kind, ErrorKind::too_large);
}

}  // namespace
}  // namespace narwhal::redis
