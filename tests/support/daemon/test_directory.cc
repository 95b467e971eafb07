#include "support/daemon/test_directory.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iostream>
#include <sstream>

namespace narwhal::test {

namespace fs = std::filesystem;

TestDirectory::TestDirectory(Keep keep) : keep_(keep) {
  std::string name = fs::temp_directory_path() / "narwhal-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("unable to make: " + name);
  path_ = name;
}

TestDirectory::~TestDirectory() {
  if (keep_ == Keep::on_failure && ::testing::Test::HasFailure()) {
    std::cerr << "kept: " << path_.string() << "\n";
    return;
  }
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> read_lines(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream in(path, std::ios::binary);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
}

void write_script(const fs::path& path, std::string_view text) {
  write_file(path, text);
  fs::permissions(path, fs::perms::owner_all);
}

int count_of(std::string_view text, std::string_view what) {
  int count = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

}  // namespace narwhal::test
