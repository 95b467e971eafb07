// RawDatabase: the queue's file as any other program sees it. Failures throw.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>

namespace narwhal::test {

class RawDatabase {
 public:
  explicit RawDatabase(const std::string& path);
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  ~RawDatabase() { sqlite3_close(handle_); }

  void run(const std::string& sql);
  std::string text(const std::string& sql);
  std::int64_t integer(const std::string& sql) { return std::stoll(text(sql)); }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace narwhal::test
