// Session: the master's open connection with everything prepared on it. Made by connect(), gone
// with disconnect().
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "claimer.h"
#include "database.h"
#include "file_id.h"
#include "location.h"
#include "log_watch.h"
#include "owners_table.h"
#include "schedule.h"
#include "settler.h"

namespace narwhal::sqlite {

class Session {
 public:
  // `create`: make the file where it is missing. Never waits for a lock.
  static Result<std::unique_ptr<Session>> open(const Location& location, std::size_t max_payload,
                                               bool create);

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // False once the database file was moved, deleted or replaced.
  [[nodiscard]] bool file_in_place() const { return file_id(path_) == file_; }
  // Whether others have committed since the last call.
  Result<bool> others_committed();
  // Whether nobody is in the middle of writing.
  Result<bool> no_writer();

  Database database;
  // Set after `database`, on its final address.
  std::optional<Claimer> claimer;
  std::optional<Settler> settler;
  std::optional<Schedule> schedule;
  std::optional<OwnersTable> owners;
  std::optional<LogWatch> log;  // none: where the kernel has no watch left for us
  std::string identity;         // of the database
  int log_frames = 0;           // length of the log after our last commit

 private:
  explicit Session(Database opened) : database(std::move(opened)) {}
  Result<void> prepare(const Location& location, std::size_t max_payload);

  std::string path_;
  std::optional<FileId> file_;
  Statement data_version_;
  std::int64_t seen_version_ = -1;
};

}  // namespace narwhal::sqlite
