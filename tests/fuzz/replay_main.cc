// Runs a fuzz target over every file of the corpora named, and over mutations of each: every
// prefix, and every byte changed in a few ways. Deterministic, so it can be an ordinary test.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMutatedBytes = 2048;  // of each file

void run(const std::string& input) {
  // An exact copy on the heap, so that a sanitizer sees the first byte read beyond it.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void run_with_mutations(const std::string& input) {
  run(input);
  std::string mutated = input;
  for (std::size_t i = 0; i < std::min(input.size(), kMutatedBytes); ++i) {
    run(input.substr(0, i));
    for (const char replacement : {'\0', '"', '\\', '{', ']', '9', '\xff', '\xed'}) {
      mutated[i] = replacement;
      run(mutated);
    }
    mutated[i] = input[i];
  }
}

}  // namespace

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : fs::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      run_with_mutations({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
      ++files;
    }
  }
  std::printf("replayed %d files\n", files);
  return files > 0 ? 0 : 1;
}
