#include "adapters/sqlite/location.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "adapters/sqlite/sqlite_type.h"

namespace narwhal::sqlite {
namespace {

TEST(SqliteUrl, NamesAFile) {
  EXPECT_EQ(*path_in_url("sqlite:jobs.db"), "jobs.db");
  EXPECT_EQ(*path_in_url("sqlite:../a b/jobs.db"), "../a b/jobs.db");
  EXPECT_EQ(*path_in_url("sqlite:/var/lib/jobs.db"), "/var/lib/jobs.db");
  EXPECT_EQ(*path_in_url("sqlite:///var/lib/jobs.db"), "/var/lib/jobs.db");
}

TEST(SqliteUrl, IsRefusedWhenItNamesNoFile) {
  for (const std::string url :
       {"", "sqlite", "redis:jobs.db", "sqlite:", "sqlite://", "sqlite://host/jobs.db",
        "sqlite::memory:", "sqlite:/var/lib/", "sqlite:///", "sqlite:/a.db?x=1", "sqlite:///a.db?x",
        "sqlite:file:x?mode=memory"}) {
    auto path = path_in_url(url);
    ASSERT_FALSE(path.ok()) << url;
    EXPECT_EQ(path.error().kind, ErrorKind::invalid) << url;
  }
}

TEST(SqliteUrl, IsQuotedInWhatIsSaidOfIt) {
  EXPECT_EQ(path_in_url("sqlite:").error().text(),
            "unable to use broker url \"sqlite:\": it names no file");
  EXPECT_EQ(path_in_url("sqlite:/a.db?password=x").error().text(),
            "unable to use broker url \"sqlite:/a.db?password=***\": sqlite has no parameters, and "
            "no \"?\" in the name of a file");
}

TEST(SqliteUrl, IsMadeIndependentOfTheCurrentDirectory) {
  auto location = locate("sqlite:some/jobs.db");
  ASSERT_TRUE(location.ok());
  const auto here = std::filesystem::weakly_canonical(std::filesystem::current_path());
  EXPECT_EQ(location->path, (here / "some/jobs.db").string());
  EXPECT_EQ(location->directory, (here / "some").string());
  EXPECT_EQ(location->name, "jobs.db");
}

// A path that SQLite would take for a URI of its own stays a path.
TEST(SqliteUrl, KeepsSpecialNames) {
  auto location = locate("sqlite:file:x");
  ASSERT_TRUE(location.ok());
  EXPECT_EQ(location->path.front(), '/');
}

TEST(SqliteConfig, EveryMistakeIsToldAtOnce) {
  BrokerConfig config;
  config.url = "sqlite:";
  config.queues = {{"", 0}, {"good", 0}, {"good", 0}, {"staging_*", 0}};
  config.options = {{"synchronous", "off"}};
  EXPECT_EQ(sqlite_broker_type().validate(config).size(), 5U);
}

}  // namespace
}  // namespace narwhal::sqlite
