// SyncRecorder: what a power cut would leave. While one exists, every sync that SQLite asks for
// copies the file as it stands then; all that was written later counts as lost.
#pragma once

#include <string>

namespace narwhal::test {

class SyncRecorder {
 public:
  SyncRecorder();
  SyncRecorder(const SyncRecorder&) = delete;
  SyncRecorder& operator=(const SyncRecorder&) = delete;
  ~SyncRecorder();

  // Writes the database and its log, as far as they had reached the disk, to `to` and `to`-wal.
  void restore(const std::string& from, const std::string& to) const;
};

}  // namespace narwhal::test
