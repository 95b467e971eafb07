#include "temp_dir.h"

#include <cstdlib>
#include <stdexcept>

namespace narwhal::test {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "narwhal-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("unable to make " + pattern);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace narwhal::test
