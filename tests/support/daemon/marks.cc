#include "support/daemon/marks.h"

#include <sstream>

#include "support/daemon/test_directory.h"

namespace narwhal::test {

Marks::Marks(const std::filesystem::path& file) {
  for (const std::string& line : read_lines(file)) {
    Mark mark;
    if (!(std::istringstream(line) >> mark.job >> mark.pid >> mark.what)) continue;
    ++counts_[mark.job][mark.what];
    marks_.push_back(std::move(mark));
  }
}

int Marks::count(const std::string& job, const std::string& what) const {
  const auto counts = counts_.find(job);
  if (counts == counts_.end()) return 0;
  const auto found = counts->second.find(what);
  return found == counts->second.end() ? 0 : found->second;
}

int Marks::total(const std::string& what) const {
  int sum = 0;
  for (const Mark& mark : marks_) sum += mark.what == what ? 1 : 0;
  return sum;
}

int Marks::jobs(const std::string& what) const {
  int sum = 0;
  for (const auto& [job, counts] : counts_) sum += counts.contains(what) ? 1 : 0;
  return sum;
}

pid_t Marks::pid_of(const std::string& job) const {
  pid_t pid = 0;
  for (const Mark& mark : marks_) pid = mark.job == job ? mark.pid : pid;
  return pid;
}

}  // namespace narwhal::test
