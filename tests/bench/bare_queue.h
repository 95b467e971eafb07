// BareQueue: the adapter's tables worked by plain statements, one transaction for acks and claims
// together: what a queue in an SQLite file can do at best with these guarantees. No wake-ups, no
// leases, no retries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace narwhal::bench {

class BareQueue {
 public:
  // Opens a file that the adapter made; synchronous=NORMAL, as the daemon does.
  explicit BareQueue(const std::string& path);
  BareQueue(const BareQueue&) = delete;
  BareQueue& operator=(const BareQueue&) = delete;
  ~BareQueue();

  // Acks what the call before claimed, claims up to `most` jobs; false: none are left. The payload
  // of the last one claimed is in payload().
  bool turn(int most);
  [[nodiscard]] const std::string& payload() const { return payload_; }
  [[nodiscard]] std::size_t claimed() const { return in_hand_.size(); }

 private:
  void execute(const char* sql);
  sqlite3_stmt* prepare(const char* sql);
  static void step(sqlite3_stmt* statement);

  sqlite3* database_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* ack_ = nullptr;
  sqlite3_stmt* claim_ = nullptr;
  std::vector<std::int64_t> in_hand_;
  std::string payload_;
};

// How many transactions have been committed to the file that `path` names, modulo 2^32: the counter
// in the header of its shared-memory index (walformat.html, section 2.2).
std::uint32_t transactions(const std::string& path);

}  // namespace narwhal::bench
