// TestDirectory: a directory of its own for one test, removed at the end unless the test failed and
// it is worth keeping.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace narwhal::test {

class TestDirectory {
 public:
  enum class Keep { on_failure, never };

  explicit TestDirectory(Keep keep = Keep::on_failure);
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ / name; }

 private:
  Keep keep_;
  std::filesystem::path path_;
};

// Empty when there is no such file.
std::string read_file(const std::filesystem::path& path);
std::vector<std::string> read_lines(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text);
// A file that can be executed.
void write_script(const std::filesystem::path& path, std::string_view text);

// How often `what` occurs in `text`.
int count_of(std::string_view text, std::string_view what);

}  // namespace narwhal::test
