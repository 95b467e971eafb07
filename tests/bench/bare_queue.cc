#include "bare_queue.h"

#include <sqlite3.h>

#include <fstream>

#include "check.h"

namespace narwhal::bench {

BareQueue::BareQueue(const std::string& path) {
  check(sqlite3_open(path.c_str(), &database_) == SQLITE_OK, "open the queue");
  sqlite3_busy_timeout(database_, 5000);
  execute("PRAGMA journal_mode=WAL");
  execute("PRAGMA synchronous=NORMAL");
  execute("PRAGMA secure_delete=OFF");
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  ack_ = prepare("DELETE FROM jobs WHERE id = ?1 AND owner = -1");
  claim_ = prepare(
      "UPDATE jobs SET state = 1, owner = -1 WHERE id IN (SELECT id FROM jobs WHERE state = 0 AND"
      " queue = 'default' ORDER BY prio, id LIMIT ?1) RETURNING id, payload");
}

BareQueue::~BareQueue() {
  for (sqlite3_stmt* statement : {begin_, commit_, ack_, claim_}) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

bool BareQueue::turn(int most) {
  step(begin_);
  for (const std::int64_t id : in_hand_) {
    sqlite3_bind_int64(ack_, 1, id);
    step(ack_);
  }
  in_hand_.clear();
  sqlite3_bind_int(claim_, 1, most);
  while (sqlite3_step(claim_) == SQLITE_ROW) {
    in_hand_.push_back(sqlite3_column_int64(claim_, 0));
    payload_.assign(static_cast<const char*>(sqlite3_column_blob(claim_, 1)),
                    static_cast<std::size_t>(sqlite3_column_bytes(claim_, 1)));
  }
  sqlite3_reset(claim_);
  step(commit_);
  return !in_hand_.empty();
}

void BareQueue::execute(const char* sql) {
  check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
}

sqlite3_stmt* BareQueue::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK, sql);
  return statement;
}

void BareQueue::step(sqlite3_stmt* statement) {
  check(sqlite3_step(statement) == SQLITE_DONE, sqlite3_sql(statement));
  sqlite3_reset(statement);
}

std::uint32_t transactions(const std::string& path) {
  constexpr std::streamoff kChangeCounter = 8;
  std::uint32_t count = 0;
  std::ifstream in{path + "-shm", std::ios::binary};
  in.seekg(kChangeCounter);
  in.read(reinterpret_cast<char*>(&count), sizeof count);
  return count;
}

}  // namespace narwhal::bench
