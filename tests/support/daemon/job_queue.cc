#include "support/daemon/job_queue.h"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>

#include "adapters/sqlite/sqlite_type.h"

namespace narwhal::test {
namespace {

constexpr int kBusyMillis = 20'000;

int collect(void* text, int columns, char** values, char** /*names*/) {
  if (columns > 0 && values[0] != nullptr) *static_cast<std::string*>(text) = values[0];
  return 0;
}

BrokerConfig config_of(const std::string& file) {
  BrokerConfig config;
  config.url = "sqlite:" + file;
  return config;
}

}  // namespace

JobQueue::JobQueue(std::string file)
    : JobStore(sqlite_broker_type(), config_of(file)), file_(std::move(file)) {}

std::string JobQueue::text(const std::string& sql) {
  producer();  // makes the schema
  sqlite3* database = nullptr;
  std::string result;
  if (sqlite3_open(file_.c_str(), &database) != SQLITE_OK) throw std::runtime_error("no " + file_);
  sqlite3_busy_timeout(database, kBusyMillis);
  const int status = sqlite3_exec(database, sql.c_str(), collect, &result, nullptr);
  const std::string error = sqlite3_errmsg(database);
  sqlite3_close(database);
  if (status != SQLITE_OK) throw std::runtime_error(sql + ": " + error);
  return result;
}

void JobQueue::execute(const std::string& sql) { text(sql); }

int JobQueue::number(const std::string& sql) { return std::stoi(text(sql)); }

}  // namespace narwhal::test
