#include "raw_database.h"

#include <stdexcept>

namespace narwhal::test {

RawDatabase::RawDatabase(const std::string& path) {
  if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error(path);
  sqlite3_busy_timeout(handle_, 10'000);
}

void RawDatabase::run(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
  }
}

std::string RawDatabase::text(const std::string& sql) {
  std::string value;
  const auto keep = [](void* into, int, char** columns, char**) {
    *static_cast<std::string*>(into) = columns[0] == nullptr ? "" : columns[0];
    return 0;
  };
  if (sqlite3_exec(handle_, sql.c_str(), keep, &value, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
  }
  return value;
}

}  // namespace narwhal::test
