// Marks: what the marker jobs of a test wrote, "<job-id> <pid> <what>" a line.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace narwhal::test {

struct Mark {
  std::string job;
  pid_t pid = 0;
  std::string what;
};

class Marks {
 public:
  explicit Marks(const std::filesystem::path& file);

  [[nodiscard]] const std::vector<Mark>& all() const& { return marks_; }
  [[nodiscard]] std::vector<Mark> all() && { return std::move(marks_); }
  [[nodiscard]] int count(const std::string& job, const std::string& what) const;
  // Over all jobs.
  [[nodiscard]] int total(const std::string& what) const;
  // How many jobs have at least one.
  [[nodiscard]] int jobs(const std::string& what) const;
  // The process of the latest mark of the job; 0 when there is none.
  [[nodiscard]] pid_t pid_of(const std::string& job) const;

 private:
  std::vector<Mark> marks_;
  std::map<std::string, std::map<std::string, int>> counts_;
};

}  // namespace narwhal::test
