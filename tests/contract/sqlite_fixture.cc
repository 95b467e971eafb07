// The contract suite on SQLite.
#include <sqlite3.h>

#include <filesystem>
#include <stdexcept>

#include "adapters/sqlite/sqlite_type.h"
#include "broker_contract.h"
#include "tests/support/temp_dir.h"

namespace narwhal::test {
namespace {

class SqliteFixture final : public BrokerFixture {
 public:
  [[nodiscard]] const BrokerType& type() const override { return sqlite_broker_type(); }
  [[nodiscard]] std::string url() const override { return "sqlite:" + path_; }

  void put_foreign(const std::string& queue, const std::string& payload) override {
    run("INSERT INTO jobs (queue, payload) VALUES (?1, ?2)", queue, payload);
  }

  // Readable by SQLite, but larger than any worker may be given.
  void put_malformed(const std::string& queue) override {
    run("INSERT INTO jobs (queue, payload) VALUES (?1, zeroblob(17 * 1024 * 1024))", queue, "");
  }

  // A directory in its place keeps anybody from making a new file there.
  void take_server_away() override {
    move(path_, away_);
    std::filesystem::create_directory(path_);
  }
  void bring_server_back() override {
    std::filesystem::remove(path_);
    move(away_, path_);
  }

  [[nodiscard]] bool reservations_outlive_sessions() const override { return true; }
  [[nodiscard]] bool proves_death() const override { return true; }

 private:
  static void move(const std::string& from, const std::string& to) {
    for (const std::string suffix : {"", "-wal", "-shm"}) {
      if (std::filesystem::exists(from + suffix)) {
        std::filesystem::rename(from + suffix, to + suffix);
      }
    }
  }

  void run(const char* sql, const std::string& queue, const std::string& payload) {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    sqlite3_open(path_.c_str(), &database);
    sqlite3_busy_timeout(database, 5000);
    sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
    sqlite3_bind_text(statement, 1, queue.c_str(), -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, payload.data(), static_cast<int>(payload.size()),
                      SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    if (code != SQLITE_DONE) throw std::runtime_error(sqlite3_errstr(code));
  }

  TempDir directory_;
  std::string path_ = directory_.file("queue.db");
  std::string away_ = directory_.file("away.db");
};

INSTANTIATE_TEST_SUITE_P(Sqlite, BrokerContract,
                         testing::Values(MakeFixture([]() -> std::unique_ptr<BrokerFixture> {
                           return std::make_unique<SqliteFixture>();
                         })),
                         [](const auto&) { return "sqlite"; });

}  // namespace
}  // namespace narwhal::test
