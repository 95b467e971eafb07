// JobQueue: the SQLite queue of a test, which also lets it look into the file.
#pragma once

#include <string>

#include "support/daemon/job_store.h"

namespace narwhal::test {

class JobQueue final : public JobStore {
 public:
  explicit JobQueue(std::string file);

  int live() override { return number("SELECT count(*) FROM jobs WHERE state <> 3"); }
  int waiting() { return number("SELECT count(*) FROM jobs WHERE state = 0"); }

  // For what only a hand on the file can do.
  void execute(const std::string& sql);
  int number(const std::string& sql);
  std::string text(const std::string& sql);

 private:
  std::string file_;
};

}  // namespace narwhal::test
