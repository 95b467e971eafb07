// Files of other versions, and files that are not a queue.
#include "adapters/sqlite/schema.h"

#include <array>

#include "sqlite_test.h"

namespace narwhal::test {
namespace {

class SqliteSchema : public SqliteTest {
 protected:
  Result<void> migrate(std::span<const char* const> steps) {
    auto database = sqlite::Database::open(path, {});
    if (!database.ok()) return database.error();
    return sqlite::ensure_schema(*database, steps);
  }
  std::string refusal() {
    auto opened = sqlite_broker_type().open_producer(config());
    return opened.ok() ? "" : opened.error().text();
  }
  std::string plan(const std::string& sql) {
    auto database = sqlite::Database::open(path, {});
    auto explain = database->prepare("EXPLAIN QUERY PLAN " + sql);
    std::string steps;
    EXPECT_TRUE(
        explain->each([&](const sqlite::Statement& row) { steps += row.bytes_at(3); }).ok());
    return steps;
  }
};

TEST_F(SqliteSchema, AFileOfAnOlderVersionIsMigratedWithItsJobs) {
  const std::array<const char*, 1> older = {
      "CREATE TABLE identity (uuid TEXT NOT NULL) STRICT;"
      "CREATE TABLE jobs (id INTEGER PRIMARY KEY, queue TEXT, payload BLOB);"
      "INSERT INTO jobs (queue, payload) VALUES ('default', 'from before')"};
  ASSERT_TRUE(migrate(older).ok());
  const std::string identity = raw().text("SELECT uuid FROM identity");
  const std::array<const char*, 3> newer = {older[0], "ALTER TABLE jobs ADD COLUMN colour TEXT",
                                            "UPDATE jobs SET colour = 'blue'"};
  ASSERT_TRUE(migrate(newer).ok());
  EXPECT_EQ(raw().integer("PRAGMA user_version"), 3);
  EXPECT_EQ(raw().text("SELECT payload || ' ' || colour FROM jobs"), "from before blue");
  EXPECT_EQ(raw().text("SELECT uuid FROM identity"), identity);
}

TEST_F(SqliteSchema, AMigrationThatFailsLeavesTheFileAsItWas) {
  enqueue("precious");
  std::vector<const char*> steps(sqlite::migrations().begin(), sqlite::migrations().end());
  const auto version = static_cast<std::int64_t>(steps.size());
  steps.push_back("CREATE TABLE extra (x); THIS IS NOT SQL");
  EXPECT_FALSE(migrate(steps).ok());
  EXPECT_EQ(raw().integer("PRAGMA user_version"), version);
  EXPECT_EQ(raw().integer("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'"), 0);
  EXPECT_EQ(open()->take_one().payload, "precious");
}

TEST_F(SqliteSchema, AFileOfANewerVersionIsRefused) {
  enqueue("from the future");
  raw().run("PRAGMA user_version=99");
  EXPECT_NE(refusal().find("schema version 99"), std::string::npos) << refusal();
  const auto connected = open_broker(real_clock)->connect(real_clock.now());
  ASSERT_FALSE(connected.ok());
  EXPECT_EQ(connected.error().kind, ErrorKind::invalid);
}

TEST_F(SqliteSchema, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  raw().run("CREATE TABLE customers (name)");
  EXPECT_NE(refusal().find("another program"), std::string::npos) << refusal();
  raw().run("PRAGMA user_version=1");
  EXPECT_NE(refusal().find("another program"), std::string::npos) << refusal();
  EXPECT_EQ(raw().integer("SELECT count(*) FROM sqlite_schema"), 1);
  EXPECT_EQ(raw().text("PRAGMA journal_mode"), "delete");
}

TEST_F(SqliteSchema, DeadLettersOfNoQueueMakeNoQueue) {
  auto opened = sqlite_broker_type().open_dead_letters(config());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::not_found);
}

// Each lookup on the hot path must use its partial index, or ten million jobs would be felt.
TEST_F(SqliteSchema, LookupsDoNotScan) {
  enqueue("x");
  struct {
    const char* sql;
    const char* index;
  } const lookups[] = {
      {"SELECT id FROM jobs WHERE state = 0 AND queue = 'q' ORDER BY prio, id LIMIT 1",
       "jobs_ready"},
      {"SELECT run_at FROM jobs WHERE state = 2 ORDER BY run_at LIMIT 1", "jobs_delayed"},
      {"SELECT id FROM jobs WHERE state = 3 AND job = 'j'", "jobs_dead_by_job"},
  };
  for (const auto& lookup : lookups) {
    const std::string detail = plan(lookup.sql);
    EXPECT_NE(detail.find(lookup.index), std::string::npos) << detail;
    EXPECT_EQ(detail.find("TEMP B-TREE"), std::string::npos) << detail;
  }
}

}  // namespace
}  // namespace narwhal::test
